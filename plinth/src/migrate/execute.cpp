#include "migrate/execute.hpp"

#include "db/quote_list.hpp"
#include "migrate/rebuild.hpp"
#include "migrate/sql.hpp"
#include "migrate/statements.hpp"

namespace plinth::migrate {

namespace {

using db::Dialect;
using db::quoted;
using db::Work;

constexpr auto postgresql = Dialect::postgresql;

// Rows that refer to a row that is not there.
Task<std::vector<std::string>> dangling(db::Connection& connection) {
  auto work = std::make_shared<Work>();
  work->commands.push_back(query("PRAGMA foreign_key_check"));
  co_await connection.run(work);
  std::vector<std::string> found;
  for (const auto& row : rows_of(*work, 0)) {
    const auto* rowid = std::get_if<std::int64_t>(&row.at(1));
    found.push_back("row " + (rowid ? std::to_string(*rowid) : std::string("?")) + " of " +
                    std::get<std::string>(row.at(0)) + " refers to no row of " +
                    std::get<std::string>(row.at(2)));
  }
  co_return found;
}

// Outside of a transaction each statement is its own.
Task<std::vector<std::vector<db::Value>>> run_one(db::Connection& connection, std::string sql) {
  auto work = std::make_shared<Work>();
  work->commands.push_back(query(std::move(sql)));
  co_await connection.run(work);
  co_return std::move(rows_of(*work, 0));
}

// Whether the index is there as it should be. An invalid one, of an interrupted run, is dropped.
Task<bool> has_index(db::Connection& connection, CreateIndex make, const Log& log) {
  const auto name = quoted_text(quoted(make.name), postgresql);
  const auto rows = co_await run_one(
      connection, "SELECT indisvalid, indrelid = to_regclass(" +
                      quoted_text(quoted(make.table), postgresql) +
                      ") AND indisunique = " + (make.options.unique ? "true" : "false") +
                      " FROM pg_index WHERE indexrelid = to_regclass(" + name + ")");
  if (rows.empty() || !std::get<bool>(rows[0].at(1))) co_return false;
  if (std::get<bool>(rows[0].at(0))) {
    log.info("Index " + make.name + " is there already");
    co_return true;
  }
  log.info("Index " + make.name + " was left invalid by an interrupted run; it is made again");
  co_await run_one(connection, "DROP INDEX CONCURRENTLY " + quoted(make.name));
  co_return false;
}

Task<void> run_change_alone(db::Connection& connection, Change change, const Log& log) {
  if (auto* make = std::get_if<CreateIndex>(&change)) {
    if (co_await has_index(connection, *make, log)) co_return;
  }
  if (auto* drop = std::get_if<DropIndex>(&change)) drop->options.if_exists = true;
  for (const auto& sql : change_sql(change, postgresql)) co_await run_one(connection, sql);
}

std::string add_value_if_not_there(const AddEnumValue& add) {
  auto sql = step_sql(Step(add), postgresql).front();
  constexpr std::string_view words = "ADD VALUE ";
  return sql.insert(sql.find(words) + words.size(), "IF NOT EXISTS ");
}

}  // namespace

Task<void> run_in_transaction(db::Connection& connection, const Recorded& recorded,
                              Dialect dialect) {
  const bool anew = dialect == Dialect::sqlite && needs_new_table(recorded);
  std::vector<std::string> dangling_before;
  if (anew) dangling_before = co_await dangling(connection);
  for (const auto& step : recorded.steps) {
    const auto* batch = std::get_if<Batch>(&step);
    if (batch && dialect == Dialect::sqlite) {
      co_await run_batch(connection, *batch);
    } else {
      co_await run_all(connection, step_sql(step, dialect));
    }
  }
  if (!anew) co_return;
  const auto dangling_after = co_await dangling(connection);
  if (dangling_after.size() > dangling_before.size()) {
    throw IntegrityError(IntegrityError::Kind::foreign_key,
                         "FOREIGN KEY constraint failed: " + dangling_after.back());
  }
}

Task<void> run_alone(Engine& engine, const Recorded& recorded, const Log& log) {
  const auto connection = co_await engine.driver().acquire();
  for (const auto& step : recorded.steps) {
    if (const auto* batch = std::get_if<Batch>(&step)) {
      for (const auto& change : batch->changes) co_await run_change_alone(*connection, change, log);
    } else if (const auto* add = std::get_if<AddEnumValue>(&step)) {
      co_await run_one(*connection, add_value_if_not_there(*add));
    } else {
      for (const auto& sql : step_sql(step, postgresql)) co_await run_one(*connection, sql);
    }
  }
}

}  // namespace plinth::migrate
