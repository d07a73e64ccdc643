#include "db/postgresql_statements.hpp"

#include <algorithm>

#include "db/postgresql_parameters.hpp"

namespace plinth::db {

namespace {

constexpr std::size_t limit = 256;  // of a connection; each costs the server some memory

bool fits(const PostgresqlStatement& statement, std::span<const Value> parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::holds_alternative<std::monostate>(parameters[i])) continue;
    if (statement.types[i] != declared_type(parameters[i])) return false;
  }
  return true;
}

}  // namespace

std::shared_ptr<PostgresqlStatement> PostgresqlStatements::get(std::string_view sql,
                                                               std::span<const Value> parameters) {
  auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) found = by_sql_.emplace(sql, Variants()).first;
  for (auto& statement : found->second) {
    if (!fits(*statement, parameters)) continue;
    statement->used = ++uses_;
    return statement;
  }
  auto made = std::make_shared<PostgresqlStatement>();
  made->used = ++uses_;
  for (const Value& value : parameters) made->types.push_back(declared_type(value));
  found->second.push_back(made);
  ++size_;
  return made;
}

std::string PostgresqlStatements::evict() {
  if (size_ <= limit) return {};
  auto oldest = by_sql_.begin();
  std::size_t index = 0;
  for (auto sql = by_sql_.begin(); sql != by_sql_.end(); ++sql) {
    for (std::size_t i = 0; i < sql->second.size(); ++i) {
      if (sql->second[i]->used > oldest->second[index]->used) continue;
      oldest = sql;
      index = i;
    }
  }
  auto& variants = oldest->second;
  const auto gone = variants[index];
  variants.erase(variants.begin() + static_cast<std::ptrdiff_t>(index));
  if (variants.empty()) by_sql_.erase(oldest);
  --size_;
  return gone->valid ? gone->name : std::string();
}

}  // namespace plinth::db
