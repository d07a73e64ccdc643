#include "migrate/lock.hpp"

#include "migrate/statements.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

using db::Command;
using db::Dialect;
using db::Work;

// "plinth" in ASCII. Other programs must not use it as an advisory lock; it is no secret.
constexpr const char* try_lock = "SELECT pg_try_advisory_xact_lock(123610927625320)";
static_assert(0x706c696e7468 == 123610927625320);
constexpr long long ask_again_ms = 200;

// The transaction is idle while a revision without one works on another connection.
constexpr const char* set_no_idle_limit = "SET LOCAL idle_in_transaction_session_timeout = 0";

constexpr const char* select_versions = "SELECT version_num FROM alembic_version";

std::vector<std::string> ids_of(Work& work, std::size_t index) {
  std::vector<std::string> ids;
  for (auto& row : rows_of(work, index)) ids.push_back(std::get<std::string>(row.at(0)));
  return ids;
}

// True: the lock is held.
Task<bool> try_to_begin(db::Connection& connection, Dialect dialect, bool foreign_keys) {
  auto work = std::make_shared<Work>();
  work->commands.push_back(db::control(Command::Kind::begin));
  work->commands.back().foreign_keys = foreign_keys;
  if (dialect == Dialect::postgresql) {
    // What is read after the lock was got must not be older than the lock.
    work->commands.push_back(statement("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    work->commands.push_back(statement(set_no_idle_limit));
    work->commands.push_back(query(try_lock));
  }
  co_await connection.run(work);
  co_return dialect == Dialect::sqlite || is_true(*work, work->commands.size() - 1);
}

Task<void> end(Locked& locked, Command::Kind kind) {
  auto work = std::make_shared<Work>();
  work->commands.push_back(db::control(kind));
  co_await locked.connection->run(work);
  locked.connection.reset();
}

}  // namespace

Task<Locked> lock(Engine& engine, const Log& log, bool foreign_keys) {
  Locked locked;
  for (bool told = false;; told = true) {
    locked.connection = co_await engine.driver().acquire();
    if (co_await try_to_begin(*locked.connection, engine.dialect(), foreign_keys)) break;
    if (!told) log.info("Waiting until another migration of this database has ended");
    co_await roll_back(locked);
    co_await sleep_for(ask_again_ms);
  }
  auto look = std::make_shared<Work>();
  look->commands.push_back(query(is_there("alembic_version", engine.dialect())));
  co_await locked.connection->run(look);

  auto read = std::make_shared<Work>();
  if (!is_true(*look, 0)) {
    read->commands.push_back(statement(create_version_table(engine.dialect())));
  }
  read->commands.push_back(query(select_versions));
  co_await locked.connection->run(read);
  locked.ids = ids_of(*read, read->commands.size() - 1);
  co_return locked;
}

// The portal of the last SELECT keeps its snapshot until another statement takes its place, and SET
// has none.
Task<void> let_go_of_snapshot(Locked& locked) {
  return run_all(*locked.connection, {set_no_idle_limit});
}

Task<void> commit(Locked& locked) { return end(locked, Command::Kind::commit); }

Task<void> roll_back(Locked& locked) { return end(locked, Command::Kind::rollback); }

Task<std::vector<std::string>> read_versions(Engine& engine) {
  auto look = std::make_shared<Work>();
  look->commands.push_back(query(is_there("alembic_version", engine.dialect())));
  co_await engine.driver().run(look);
  if (!is_true(*look, 0)) co_return std::vector<std::string>();

  auto read = std::make_shared<Work>();
  read->commands.push_back(query(select_versions));
  co_await engine.driver().run(read);
  co_return ids_of(*read, 0);
}

}  // namespace plinth::migrate
