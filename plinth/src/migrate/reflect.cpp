#include "migrate/reflect.hpp"

#include <utility>

namespace plinth::migrate {

namespace {

struct AsText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool value) const { return value ? "1" : "0"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

Task<std::vector<TextRow>> text_rows(db::Connection& connection, std::string sql) {
  auto work = std::make_shared<db::Work>();
  auto& command = work->commands.emplace_back();
  command.statement.sql = std::move(sql);
  command.sink = std::make_unique<db::ValueRows>();
  co_await connection.run(work);

  std::vector<TextRow> rows;
  for (const auto& values : static_cast<db::ValueRows&>(*work->commands[0].sink).rows) {
    auto& row = rows.emplace_back();
    for (const auto& value : values) row.push_back(std::visit(AsText{}, value));
  }
  co_return rows;
}

Task<Reflected> reflect(db::Connection& connection, db::Dialect dialect) {
  return dialect == db::Dialect::sqlite ? reflect_sqlite(connection)
                                        : reflect_postgresql(connection);
}

sa::Table* find_table(std::vector<sa::Table>& tables, const std::string& name) {
  for (auto& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

}  // namespace plinth::migrate
