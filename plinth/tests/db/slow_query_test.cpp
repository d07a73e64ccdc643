// The slow-query log, and that no value gets into it.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/log_levels.hpp"
#include "db/statement_watch.hpp"
#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::TestDatabase;

namespace {

using base::Level;

struct Line {
  Level level;
  std::string message;
  std::string request_id;
  std::map<std::string, std::string> fields;
};

std::string text_of(const base::LogField::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::to_string(std::get<double>(value));
}

// The lines of plinth.db, with the threshold as given, over a clock that stands still.
struct Lines final : base::LogSink {
  explicit Lines(std::int64_t limit_us) : previous(base::set_log_sink(this)) {
    base::set_slow_query_us(limit_us);
    base::freeze_clock(1'700'000'000'000'000);
  }
  ~Lines() override {
    base::release_clock();
    base::set_slow_query_us(-1);
    base::set_logger_levels({});
    base::set_log_sink(previous);
  }
  void write(const base::LogRecord& record) noexcept override {
    if (record.logger != "plinth.db") return;
    Line line{.level = record.level, .message = std::string(record.message)};
    const auto* context = base::current_context;
    if (context && context->request_id) line.request_id = *context->request_id;
    for (const auto& field : record.fields) {
      line.fields.emplace(field.name, text_of(field.value));
    }
    all.push_back(line);
  }
  bool has(std::string_view text) const {
    return std::ranges::any_of(all, [&](const Line& line) {
      return std::ranges::any_of(line.fields, [&](const auto& field) {
        return field.second.find(text) != std::string::npos;
      });
    });
  }
  base::LogSink* previous;
  std::vector<Line> all;
};

struct Database {
  TestDatabase database;
  Engine engine{database.url()};
  Database() { create_all<User, Team, Membership>(engine); }
};

Task<void> insert_and_read(Engine& engine) {
  auto session = engine.session();
  session.add(User{.email = "secret@example.com", .hashed_password = "hunter2"});
  co_await session.commit();
  co_await session.one_or_none(select<User>().where(col<&User::email> == "secret@example.com"));
}

}  // namespace

TEST_CASE("a statement that takes long is a line with its text, its rows and whose it is") {
  Database database;
  const std::string request_id = "r-1";
  const base::Context context{.request_id = &request_id};
  Lines lines(0);
  run([](Engine& engine, const base::Context& in) -> Task<void> {
    co_await base::in_context(in, insert_and_read(engine));
  }(database.engine, context));

  REQUIRE(!lines.all.empty());
  for (const auto& line : lines.all) {
    CHECK(line.level == Level::warning);
    CHECK(line.message == "slow query");
    CHECK(line.request_id == "r-1");
    CHECK(line.fields.contains("duration_ms"));
    CHECK(line.fields.contains("wait_ms"));
  }
  CHECK(lines.has("INSERT INTO users"));
  CHECK(lines.has("COMMIT"));
  const auto& read = lines.all.back();
  CHECK(read.fields.at("statement").find("WHERE users.email = ") != std::string::npos);
  CHECK(read.fields.at("rows") == "1");
  // What was bound is in none of them.
  CHECK_FALSE(lines.has("hunter2"));
  CHECK_FALSE(lines.has("secret@example.com"));
}

TEST_CASE("a statement that fails is a line too, without the value that was wrong") {
  Database database;
  run(insert_and_read(database.engine));
  Lines lines(0);
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(User{.email = "secret@example.com", .hashed_password = "hunter3"});
    bool failed = false;
    try {
      co_await session.commit();
    } catch (const IntegrityError&) {
      failed = true;
    }
    CHECK(failed);
  }(database.engine));
  CHECK(lines.has("INSERT INTO users"));
  CHECK_FALSE(lines.has("hunter3"));
  CHECK_FALSE(lines.has("secret@example.com"));
}

TEST_CASE("quick statements are no lines, but for debug they are") {
  Database database;
  Lines lines(1000);
  run(insert_and_read(database.engine));
  CHECK(lines.all.empty());

  constexpr base::LoggerLevel given[] = {{"plinth.db", Level::debug}};
  base::set_logger_levels(given);
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await session.all(select<User>());
    co_await engine.ping();
  }(database.engine));
  REQUIRE(lines.all.size() == 2);
  CHECK(lines.all[0].level == Level::debug);
  CHECK(lines.all[0].message == "query");
  CHECK(lines.all[0].fields.at("rows") == "1");
  CHECK(lines.all[1].fields.at("statement") == "SELECT 1");
}

TEST_CASE("without a threshold no statement is slow") {
  Database database;
  Lines lines(-1);
  run(insert_and_read(database.engine));
  CHECK(lines.all.empty());
}

TEST_CASE("rows that are streamed are lines with the statement they are of") {
  Database database;
  run(insert_and_read(database.engine));
  Lines lines(0);
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto rows = co_await session.stream(select<User>(), 1);
    while (co_await rows.next()) {
    }
  }(database.engine));
  CHECK(lines.has("FROM users"));
  CHECK(lines.has("FETCH") == support::on_postgresql());
}

TEST_CASE("a statement that nobody waits for any more is told as unfinished") {
  Database database;
  Lines lines(-1);
  run([](Engine& engine) -> Task<void> {
    auto holder = engine.session();  // of SQLite's one connection to a database in memory
    holder.add(Team{.name = "held"});
    co_await holder.flush();
    base::set_slow_query_us(0);
    auto session = engine.session();
    {
      auto task = session.all(select<User>());
      task.start();
    }
    base::set_slow_query_us(-1);
  }(database.engine));
  REQUIRE(lines.all.size() == 1);
  CHECK(lines.all[0].fields.at("unfinished") == "true");
  CHECK_FALSE(lines.all[0].fields.contains("rows"));
  CHECK(lines.has("FROM users"));
}

namespace {

db::Command command_of(std::string sql, std::int64_t started_us, std::int64_t ended_us) {
  db::Command command;
  command.statement.sql = std::move(sql);
  if (started_us != 0) command.times.start(started_us);
  if (ended_us != 0) command.times.end(ended_us);
  return command;
}

constexpr std::int64_t second = 1'000'000;

}  // namespace

TEST_CASE("the wait for a connection is told apart from the work") {
  Lines lines(second);
  {
    db::Work work;
    const db::StatementWatch watch(work, db::Dialect::sqlite);
    const auto asked = work.asked_us;
    work.commands.push_back(command_of("SELECT 1", asked + 2 * second, asked + 5 * second));
    work.commands.push_back(command_of("SELECT 2", asked + 5 * second, asked + 5 * second + 10));
    work.commands.push_back(command_of("SELECT 3", asked + 7 * second, asked + 7 * second + 10));
  }
  REQUIRE(lines.all.size() == 2);
  CHECK(lines.all[0].message == "slow query");
  CHECK(lines.all[0].fields.at("statement") == "SELECT 1");
  CHECK(lines.all[0].fields.at("wait_ms") == "2000.000000");
  CHECK(lines.all[0].fields.at("duration_ms") == "3000.000000");
  CHECK(lines.all[1].message == "a query waited long");
  CHECK(lines.all[1].fields.at("statement") == "SELECT 3");
}

TEST_CASE("what PostgreSQL answered at once is one line, with how many others were in it") {
  Lines lines(second);
  {
    db::Work work;
    const db::StatementWatch watch(work, db::Dialect::sqlite);
    const auto asked = work.asked_us;
    work.commands.push_back(db::control(db::Command::Kind::begin));
    work.commands.back().times.start(asked + 1);
    work.commands.back().times.end(asked + 2 * second);
    work.commands.push_back(command_of("UPDATE t SET a = $1", asked + 1, asked + 2 * second));
    work.commands.back().rowcount = 3;
    for (auto& command : work.commands) command.times.together = 5;
  }
  REQUIRE(lines.all.size() == 1);
  CHECK(lines.all[0].fields.at("statement") == "BEGIN; UPDATE t SET a = $1");
  CHECK(lines.all[0].fields.at("rows") == "3");
  CHECK(lines.all[0].fields.at("pipelined") == "5");
}

TEST_CASE("what never began is no line when something before it failed") {
  Lines lines(0);
  {
    db::Work work;
    const db::StatementWatch watch(work, db::Dialect::sqlite);
    work.commands.push_back(command_of("SELECT 1", work.asked_us + 1, work.asked_us + 2));
    work.commands.push_back(command_of("SELECT 2", 0, 0));
  }
  REQUIRE(lines.all.size() == 1);
  CHECK(lines.all[0].fields.at("statement") == "SELECT 1");
}
