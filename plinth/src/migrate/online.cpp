#include "migrate/online.hpp"

#include <stdexcept>

#include "db/driver.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

using db::Command;
using db::Connection;
using db::Work;

namespace {

Command statement(std::string sql) {
  Command command;
  command.statement.sql = std::move(sql);
  return command;
}

Command query(std::string sql) {
  auto command = statement(std::move(sql));
  command.sink = std::make_unique<db::ValueRows>();
  return command;
}

std::vector<std::vector<db::Value>>& rows_of(Work& work, std::size_t index) {
  return static_cast<db::ValueRows&>(*work.commands[index].sink).rows;
}

bool is_there(Work& work, std::size_t index) {
  return std::get<std::int64_t>(rows_of(work, index).at(0).at(0)) != 0;
}

std::vector<std::string> ids_of(Work& work, std::size_t index) {
  std::vector<std::string> ids;
  for (auto& row : rows_of(work, index)) ids.push_back(std::get<std::string>(row.at(0)));
  return ids;
}

std::string only_id(const std::vector<std::string>& ids) {
  if (ids.size() > 1) {
    throw CommandError("The database is at several revisions: '" + ids[0] + "', '" + ids[1] +
                       "'; merge them with the tool that made them, or use stamp --purge");
  }
  return ids.empty() ? std::string() : ids.front();
}

constexpr const char* select_version = "SELECT version_num FROM alembic_version";

// A transaction of the whole database: begun, the version table made where there is none.
struct Locked {
  std::unique_ptr<Connection> connection;
  std::vector<std::string> ids;
};

Task<Locked> lock(Engine& engine) {
  Locked locked{.connection = co_await engine.driver().acquire(), .ids = {}};
  auto look = std::make_shared<Work>();
  look->commands.push_back(db::control(Command::Kind::begin));
  look->commands.push_back(query(version_table_exists(engine.dialect())));
  co_await locked.connection->run(look);

  auto read = std::make_shared<Work>();
  if (!is_there(*look, 1)) {
    read->commands.push_back(statement(create_version_table(engine.dialect())));
  }
  read->commands.push_back(query(select_version));
  co_await locked.connection->run(read);
  locked.ids = ids_of(*read, read->commands.size() - 1);
  co_return locked;
}

Task<void> commit(Locked& locked, std::shared_ptr<Work> work) {
  work->commands.push_back(db::control(Command::Kind::commit));
  co_await locked.connection->run(work);
}

std::size_t place_of(const History& history, const std::string& id) {
  if (id.empty()) return 0;
  if (auto place = history.find(id)) return *place;
  throw CommandError("Can't locate revision identified by '" + id + "'");
}

Task<void> take_step(Engine& engine, Locked& locked, const History& history, std::size_t from,
                     std::size_t to) {
  std::exception_ptr failure;
  try {
    auto work = std::make_shared<Work>();
    for (auto& sql : step_statements(history, from, to, engine.dialect())) {
      work->commands.push_back(statement(std::move(sql)));
    }
    work->commands.push_back(
        statement(move_version(history.id_at(from), history.id_at(to), engine.dialect())));
    work->commands.back().expects_one = true;
    co_await commit(locked, std::move(work));
  } catch (const std::exception& error) {
    const auto& revision = history.step(std::min(from, to));
    failure = std::make_exception_ptr(DatabaseError("Revision " + std::string(revision.revision) +
                                                    " (" + std::string(revision.message) +
                                                    ") was undone as a whole: " + error.what()));
  }
  if (failure) std::rethrow_exception(std::move(failure));
}

enum class Direction : std::uint8_t { up, down };

Task<void> walk(Engine& engine, const History& history, std::string target, Direction direction,
                const Log& log) {
  std::optional<std::size_t> goal;
  for (;;) {
    auto locked = co_await lock(engine);
    const auto place = place_of(history, only_id(locked.ids));
    if (!goal) goal = history.resolve(target, place);
    const bool up = direction == Direction::up;
    if (up ? place >= *goal : place <= *goal) {
      co_await commit(locked, std::make_shared<Work>());
      co_return;
    }
    const auto next = up ? place + 1 : place - 1;
    log.info(running(history, place, next));
    co_await take_step(engine, locked, history, place, next);
  }
}

}  // namespace

std::string running(const History& history, std::size_t from, std::size_t to) {
  const auto& revision = history.step(std::min(from, to));
  return std::string(to > from ? "Running upgrade " : "Running downgrade ") +
         std::string(history.id_at(from)) + " -> " + std::string(history.id_at(to)) + ", " +
         std::string(revision.message);
}

std::vector<std::string> step_statements(const History& history, std::size_t from, std::size_t to,
                                         db::Dialect dialect) {
  const auto& revision = history.step(std::min(from, to));
  auto* const function = to > from ? revision.upgrade : revision.downgrade;
  if (!function) {
    throw std::logic_error("it has no " + std::string(to > from ? "upgrade" : "downgrade"));
  }
  Operations operations(dialect);
  function(operations);
  return operations.statements();
}

Task<std::string> read_version(Engine& engine) {
  auto look = std::make_shared<Work>();
  look->commands.push_back(query(version_table_exists(engine.dialect())));
  co_await engine.driver().run(look);
  if (!is_there(*look, 0)) co_return std::string();

  auto read = std::make_shared<Work>();
  read->commands.push_back(query(select_version));
  co_await engine.driver().run(read);
  co_return only_id(ids_of(*read, 0));
}

Task<void> upgrade(Engine& engine, const History& history, std::string target, const Log& log) {
  return walk(engine, history, std::move(target), Direction::up, log);
}

Task<void> downgrade(Engine& engine, const History& history, std::string target, const Log& log) {
  return walk(engine, history, std::move(target), Direction::down, log);
}

Task<void> stamp(Engine& engine, const History& history, std::string target, bool purge,
                 const Log& log) {
  auto locked = co_await lock(engine);
  const auto from = purge ? std::string() : only_id(locked.ids);
  const auto place = place_of(history, from);
  const std::string to(history.id_at(history.resolve(target, place)));
  auto work = std::make_shared<Work>();
  if (purge) work->commands.push_back(statement("DELETE FROM alembic_version"));
  if (from != to) {
    log.info("Running stamp_revision " + from + " -> " + to);
    work->commands.push_back(statement(move_version(from, to, engine.dialect())));
    work->commands.back().expects_one = true;
  }
  co_await commit(locked, std::move(work));
}

Task<bool> is_at_head(Engine& engine, std::span<const Revision> revisions) {
  const History history(revisions);
  const auto current = co_await read_version(engine);
  co_return current == history.id_at(history.size());
}

}  // namespace plinth::migrate
