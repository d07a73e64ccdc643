// What PostgreSQL's driver does that SQLite's has no need of.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <thread>

#include "base/loop.hpp"
#include "caught.hpp"
#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::query_postgresql;
using support::TestDatabase;

TEST_SUITE_BEGIN("postgresql");

namespace {

struct Number {
  static constexpr auto table = "numbers";
  Column<std::int64_t, primary_key> id;
  Column<std::int64_t> value;
};

struct Numbers {
  explicit Numbers(EngineOptions options = {}) : engine(database.url(), options) {
    create_all<Number>(engine);
    run([](Engine& on) -> Task<void> {
      auto session = on.session();
      for (std::int64_t value : {1, 2, 3}) session.add(Number{.value = value});
      session.add(Number{.value = std::numeric_limits<std::int64_t>::max()});
      co_await session.commit();
    }(engine));
  }
  TestDatabase database;
  Engine engine;
};

// The value of a row, doubled by the server; of the last row that overflows.
Task<void> twice(Engine& engine, std::int64_t id, std::string& answer) {
  auto session = engine.session();
  try {
    auto value =
        co_await session.one(select<Number>(col<&Number::value> * 2).where(col<&Number::id> == id));
    answer = std::to_string(value);
  } catch (const DataError& error) {
    answer = error.what();
  }
}

Task<void> sleep_a_while(Engine& engine, std::string seconds, std::string& answer) {
  auto session = engine.session();
  try {
    co_await session.execute(text("SELECT pg_sleep(" + seconds + ")"));
    answer = "slept";
  } catch (const db::Unavailable& error) {
    answer = error.what();
  }
}

std::string asked(const Numbers& numbers, const std::string& sql) {
  return query_postgresql(numbers.database.direct_url(), sql).at(0).at(0);
}

constexpr const char* running_sleeps =
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT "
    "pg_sleep%' "
    "AND datname = current_database()";

}  // namespace

TEST_CASE("the error of one statement is not seen by those that share its Sync") {
  Numbers numbers;
  run([](Engine& engine) -> Task<void> {
    for (int round = 0; round < 20; ++round) {
      std::array<std::string, 12> answers;
      auto& loop = base::Loop::current();
      for (std::size_t i = 0; i < answers.size(); ++i) {
        loop.spawn(twice(engine, static_cast<std::int64_t>(1 + i % 4), answers[i]));
      }
      while (std::ranges::count(answers, "") > 0) co_await sleep_for(1);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        CAPTURE(i);
        const std::array<std::string, 4> expected{"2", "4", "6",
                                                  "bigint out of range; in: SELECT (numbers.value "
                                                  "* $1) FROM numbers WHERE numbers.id = $2 "
                                                  "LIMIT 2"};
        CHECK(answers[i] == expected[i % 4]);
      }
    }
  }(numbers.engine));
}

TEST_CASE("raw SQL that writes begins a transaction; what only reads does not") {
  Numbers numbers;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    CHECK(co_await session.one(text<std::int64_t>("SELECT count(*) FROM numbers")) == 4);
    CHECK_FALSE(session.in_transaction());
    CHECK(co_await session.one(text<std::int64_t>("SELECT nextval('numbers_id_seq')")) == 5);
    CHECK(session.in_transaction());
    co_await session.rollback();
    co_await session.execute(
        text("WITH gone AS (DELETE FROM numbers RETURNING id) SELECT id FROM "
             "gone"));
    CHECK(session.in_transaction());
    co_await session.rollback();
    CHECK(co_await session.one(select<Number>(count())) == 4);
    // A setting made by a function lasts no longer than its statement.
    co_await session.execute(text("SELECT set_config('search_path', 'nowhere', false)"));
    CHECK(co_await session.one(select<Number>(count())) == 4);
  }(numbers.engine));
}

TEST_CASE("what a statement was prepared for may change under it") {
  Numbers numbers;
  run([](Engine& engine) -> Task<void> {
    const auto all = [] { return text("SELECT * FROM numbers ORDER BY id LIMIT 1"); };
    auto session = engine.session();
    CHECK((co_await session.execute(all())).columns.size() == 2);
    co_await session.execute(text("ALTER TABLE numbers ADD COLUMN note text"));
    co_await session.commit();
    CHECK((co_await session.execute(all())).columns.size() == 3);
    // A NULL fits a parameter of any type, and the other way round.
    for (const auto value : {std::optional<std::int64_t>(), std::optional<std::int64_t>(7),
                             std::optional<std::int64_t>(), std::optional<std::int64_t>(8)}) {
      co_await session.execute(
          text("UPDATE numbers SET value = coalesce(?, 0) WHERE id = 1", value));
      CHECK(*(co_await session.get<Number>(1))->value == value.value_or(0));
    }
  }(numbers.engine));
}

TEST_CASE("of many statements the last used stay prepared") {
  Numbers numbers({.pool_size = 1});
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await session.begin();
    for (int i = 0; i < 600; ++i) {
      CHECK(co_await session.one(text<int>("SELECT " + std::to_string(i))) == i);
    }
    const auto prepared = co_await session.one(text<std::int64_t>(
        "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'plinth%'"));
    CHECK(prepared <= 257);
    CHECK((prepared > 200) != support::on_pgbouncer());
  }(numbers.engine));
}

TEST_CASE("a statement that takes long does not keep others waiting") {
  Numbers numbers;
  run([](Engine& engine) -> Task<void> {
    std::string slept;
    base::Loop::current().spawn(sleep_a_while(engine, "2", slept));
    co_await sleep_for(20);
    std::array<std::string, 8> answers;
    for (auto& answer : answers) base::Loop::current().spawn(twice(engine, 1, answer));
    while (std::ranges::count(answers, "2") < 8) co_await sleep_for(1);
    CHECK(slept.empty());
    // It is known from now on, and gets a connection to itself.
    while (slept.empty()) co_await sleep_for(5);
    CHECK(slept == "slept");
  }(numbers.engine));
}

TEST_CASE("a statement is ended at its limit, and when nobody waits for it any more") {
  Numbers numbers({.statement_timeout = Seconds{1}});
  run([](Numbers& on) -> Task<void> {
    std::string answer;
    co_await sleep_a_while(on.engine, "3600", answer);
    CHECK(answer == "a statement took longer than its limit: SELECT pg_sleep(3600)");
  }(numbers));

  Numbers patient({.statement_timeout = Seconds{0}});
  run([](Numbers& on) -> Task<void> {
    std::string answer;
    {
      auto left = sleep_a_while(on.engine, "3601", answer);
      left.start();
      auto session = on.engine.session();
      co_await session.begin();
      auto in_transaction = session.execute(text("SELECT pg_sleep(3602)"));
      in_transaction.start();
      while (asked(on, running_sleeps) != "2") co_await sleep_for(10);
    }
    while (asked(on, running_sleeps) != "0") co_await sleep_for(10);
    co_await twice(on.engine, 1, answer);
    CHECK(answer == "2");
    while (on.engine.pool_status().leased > 0) co_await sleep_for(10);
  }(patient));
}

TEST_CASE("a connection that the server ended is replaced; its transaction is 503") {
  Numbers numbers;
  run([](Numbers& on) -> Task<void> {
    for (int round = 0; round < 3; ++round) {
      auto session = on.engine.session();
      co_await session.begin();
      session.add(Number{.value = 77});
      co_await session.flush();
      query_postgresql(on.database.direct_url(),
                       "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE "
                       "datname = current_database() AND pid <> pg_backend_pid()");
      bool refused = false;
      try {
        co_await session.commit();
      } catch (const db::Unavailable&) {
        refused = true;
      }
      CHECK(refused);
      CHECK_FALSE(session.in_transaction());
      CHECK(co_await session.one(select<Number>(count())) == 4);
      session.add(Number{.value = 77});
      co_await session.flush();
      co_await session.rollback();
    }
    CHECK(on.engine.pool_status().leased == 0);
  }(numbers));
}

TEST_CASE("no more connections are opened than the pool may have, and none stays taken") {
  Numbers numbers({.pool_size = 2, .pool_timeout = Seconds{1}});
  run([](Numbers& on) -> Task<void> {
    auto first = on.engine.session();
    auto second = on.engine.session();
    co_await first.begin();
    co_await second.begin();
    CHECK(on.engine.pool_status().leased == 2);
    auto third = on.engine.session();
    std::string refused;
    try {
      co_await third.begin();
    } catch (const db::Unavailable& error) {
      refused = error.what();
    }
    CHECK(refused == "the database was busy for too long");
    co_await first.rollback();
    co_await third.begin();
    co_await third.rollback();
    co_await second.rollback();
    const auto status = on.engine.pool_status();
    CHECK(status.leased == 0);
    CHECK(status.waiting == 0);
    CHECK(status.open <= 4);  // and two shared ones
  }(numbers));
}

TEST_CASE("threads have connections of their own, which end with their thread or the engine") {
  Numbers numbers;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        run([](Engine& engine) -> Task<void> {
          auto session = engine.session();
          auto one = co_await session.one(select<Number>().where(col<&Number::id> == 1));
          one.value = *one.value + 1;
          session.add(one);
          co_await session.commit();
        }(numbers.engine));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(numbers.engine.pool_status().open <= 3);  // this thread's
}

TEST_CASE("a value of PostgreSQL that no C++ type holds is an error that names the column") {
  Numbers numbers;
  struct Row {
    const char* sql;
    const char* expected;
  };
  const Row rows[] = {
      {"SELECT 'infinity'::timestamptz AS at", "column at holds an infinite time"},
      {"SELECT '-infinity'::date AS day", "column day holds an infinite date"},
      {"SELECT 'NaN'::numeric AS price", "column price holds NaN, which no Decimal holds"},
      {"SELECT '1 month'::interval AS span",
       "column span holds an interval of 1 months, which have no length of their own; justify it "
       "in "
       "SQL"},
      {"SELECT ARRAY[[1],[2]] AS matrix", "column matrix holds an array of several dimensions"},
      {"SELECT '10.0.0.1'::inet AS address",
       "column address holds a type that is not read (number 869); cast it in SQL, to text for "
       "one"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.sql));
    const auto error = caught<DatabaseError>(numbers.engine, [&](Engine& on) -> Task<void> {
      auto session = on.session();
      co_await session.execute(text(row.sql));
    });
    CHECK(std::string(error.what()) == row.expected);
  }
}

TEST_CASE("numbers of any size come as their digits") {
  Numbers numbers;
  const char* const texts[] = {
      "0",        "0.00",      "-0.5",          "1",
      "10000",    "123456",    "12345678.9012", "0.0001",
      "0.000012", "100000000", "-1.10",         "99999999999999999999999999.000000001"};
  for (const char* text_of : texts) {
    CAPTURE(std::string(text_of));
    const auto read = run([](Engine& on, std::string digits) -> Task<Decimal> {
      auto session = on.session();
      co_return co_await session.one(text<Decimal>("SELECT ?::numeric", Decimal{digits}));
    }(numbers.engine, text_of));
    CHECK(read.text == text_of);
  }
}

TEST_SUITE_END();
