// Many objects in few statements: rows of the same columns together, under the engines' limits.
#include <algorithm>
#include <cstddef>

#include "db/value.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

// Most rows of a statement: one that is full is prepared once and used again.
constexpr std::size_t rows_max = 1000;
// What both engines take.
constexpr std::size_t bulk_parameters_max = 32'000;

std::vector<const Column*> given_columns(const Table& table, const void* object) {
  std::vector<const Column*> columns;
  for (const Column& column : table.columns) {
    if (origin_of(column, object) != absent) columns.push_back(&column);
  }
  return columns;
}

}  // namespace

Query bulk_query(const Table& table, const void* objects, std::size_t stride, std::size_t count,
                 std::size_t& taken) {
  Query query{.kind = Query::Kind::insert, .table = &table};
  const auto* first = static_cast<const std::byte*>(objects);
  const auto columns = given_columns(table, first);
  if (columns.empty()) {
    query.values.emplace_back();
    taken = 1;
    return query;
  }
  for (const Column* column : columns) query.insert_columns.push_back(column->name);
  const auto most = std::min({count, rows_max, bulk_parameters_max / columns.size()});
  query.cells.reserve(most * columns.size());
  for (taken = 0; taken < most; ++taken) {
    const auto* object = first + taken * stride;
    if (taken > 0 && given_columns(table, object) != columns) break;
    for (const Column* column : columns) {
      query.cells.push_back(value_of(table, *column, object));
    }
  }
  return query;
}

}  // namespace plinth::db

namespace plinth {

Task<std::int64_t> Session::insert_objects(const db::Table& table, const void* objects,
                                           std::size_t stride, std::size_t count) {
  std::int64_t inserted = 0;
  const auto* next = static_cast<const std::byte*>(objects);
  while (count > 0) {
    std::size_t taken = 0;
    auto result = co_await run(db::bulk_query(table, next, stride, count, taken));
    inserted += result.rowcount;
    next += taken * stride;
    count -= taken;
  }
  co_return inserted;
}

}  // namespace plinth
