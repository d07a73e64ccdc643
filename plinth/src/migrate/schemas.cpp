#include "migrate/schemas.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "migrate/differences.hpp"

namespace plinth::migrate::autogenerate {

namespace {

Task<void> run_control(db::Connection& connection, db::Command::Kind kind) {
  auto work = std::make_shared<db::Work>();
  work->commands.push_back(db::control(kind));
  co_await connection.run(work);
}

// A default that C++ makes, as SQL that both engines read; "" for what has no such spelling.
struct AsSql {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
  }
  std::string operator()(const std::string& value) const {
    std::string sql = "'";
    for (char c : value) {
      if (c == '\'') sql += c;
      sql += c;
    }
    return sql + "'";
  }
  std::string operator()(const Decimal& value) const { return value.text; }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

void append_backfills(std::vector<Backfill>& backfills, const db::Table& table) {
  for (const auto& column : table.columns) {
    if (!column.default_value || !column.rules.server_default.empty()) continue;
    auto value = std::visit(AsSql{}, column.default_value());
    // NaN and the infinities are no SQL.
    if (value.empty() || value.ends_with("nan") || value.ends_with("inf")) continue;
    backfills.push_back({.table = std::string(table.name),
                         .column = std::string(column.name),
                         .value = std::move(value)});
  }
}

// Alembic's own table is nobody's model.
bool is_own(const sa::Table& table) { return table.name == "alembic_version"; }

// What SQLite keeps of these tables.
std::vector<sa::Table> spelled_for_sqlite(std::vector<sa::Table> tables) {
  for (auto& table : tables) {
    for (auto& item : table.items) {
      auto* column = std::get_if<sa::Column>(&item);
      if (!column || column->options.server_default.empty()) continue;
      column->options.server_default =
          sa::default_sql(column->options.server_default, db::Dialect::sqlite);
    }
  }
  return tables;
}

}  // namespace

Task<bool> run_sql(db::Connection& connection, std::string sql, bool can_fail) {
  auto work = std::make_shared<db::Work>();
  if (can_fail) {
    work->savepoint = 1;
    work->commands.push_back(db::control(db::Command::Kind::savepoint, db::savepoint_sql(1)));
  }
  work->commands.emplace_back().statement.sql = std::move(sql);
  bool done = true;
  try {
    co_await connection.run(work);
  } catch (const std::exception&) {
    if (!can_fail || !connection.in_transaction()) throw;
    done = false;
  }
  co_return done;
}

Task<Schemas> read_schemas(Engine& engine, const MetaData& metadata) {
  std::vector<sa::Table> wanted;
  std::vector<Backfill> backfills;
  for (const auto* table : metadata.tables) {
    wanted.push_back(sa::table_data(*table, metadata.naming_convention));
    append_backfills(backfills, *table);
  }
  return read_schemas(engine, std::move(wanted), std::move(backfills));
}

Task<Schemas> read_schemas(Engine& engine, std::vector<sa::Table> wanted,
                           std::vector<Backfill> backfills) {
  Schemas schemas;
  schemas.wanted.tables = std::move(wanted);
  schemas.backfills = std::move(backfills);
  auto connection = co_await engine.driver().acquire();
  co_await run_control(*connection, db::Command::Kind::begin);
  auto live = co_await reflect(*connection, engine.dialect());
  std::erase_if(live.tables, is_own);
  schemas.live = {.tables = live.tables,
                  .spelled = live.tables,
                  .enums = std::move(live.enums),
                  .sequences = std::move(live.sequences)};
  if (engine.dialect() == db::Dialect::sqlite) {
    schemas.wanted.spelled = spelled_for_sqlite(schemas.wanted.tables);
  } else {
    co_await spell_wanted(*connection, schemas.wanted);
    co_await spell_again(*connection, schemas.live, schemas.wanted);
  }
  co_await run_control(*connection, db::Command::Kind::rollback);
  co_return schemas;
}

}  // namespace plinth::migrate::autogenerate
