// Engine: from a url to a driver.
#include <algorithm>
#include <stdexcept>

#include "db/driver.hpp"
#include "db/postgresql_driver.hpp"
#include "db/sqlite_driver.hpp"
#include "db/statement_watch.hpp"
#include "db/url.hpp"
#include "plinth/session.hpp"

namespace plinth {

namespace {

std::unique_ptr<db::Driver> make_driver(std::string_view text, const EngineOptions& options) {
  auto url = db::parse_url(text);
  if (url.dialect == db::Dialect::postgresql) {
    return db::make_postgresql_driver(std::move(url.postgresql), options);
  }
  return db::make_sqlite_driver(std::move(url.path), options);
}

}  // namespace

Engine::Engine(std::string_view url, EngineOptions options)
    : url_(db::without_password(url)), driver_(make_driver(url, options)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Session Engine::session() { return Session(*driver_); }
PoolStatus Engine::pool_status() const { return driver_->pool_status(); }
db::Dialect Engine::dialect() const { return driver_->dialect(); }

Task<void> Engine::ping() {
  auto work = std::make_shared<db::Work>();
  work->commands.push_back(
      {.statement = {.sql = "SELECT 1", .parameters = {}, .reads_only = true}, .may_write = false});
  const db::StatementWatch watch(*work, dialect());
  co_await driver_->run(work);
}

Task<void> db::execute_all(Engine& engine, std::vector<std::string> statements) {
  auto work = std::make_shared<Work>();
  work->commands.push_back(control(Command::Kind::begin));
  for (auto& sql : statements) work->commands.emplace_back().statement.sql = std::move(sql);
  work->commands.push_back(control(Command::Kind::commit));
  const StatementWatch watch(*work, engine.dialect());
  auto connection = co_await engine.driver().acquire();
  co_await connection->run(work);
}

}  // namespace plinth
