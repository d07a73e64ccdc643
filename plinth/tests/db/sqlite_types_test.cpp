// How values are kept in SQLite, whose columns hold anything.
#include <doctest/doctest.h>

#include "everything.hpp"
#include "support/database.hpp"

using namespace models;
using support::TestDatabase;

TEST_SUITE_BEGIN("sqlite");

TEST_CASE("values are stored as SQLAlchemy stores them in SQLite") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<Everything>(engine);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(sample());
    co_await session.commit();
    auto row = co_await session.one(
        text<std::tuple<std::int64_t, std::string, std::string, std::string, std::string,
                        std::string, std::string, std::int64_t, std::string>>(
            "SELECT flag, moment, day, clock, lasting, uuid, colour, level, json FROM "
            "everything"));
    CHECK(std::get<0>(row) == 1);
    CHECK(std::get<1>(row) == "2026-11-25 14:47:09.514340");
    CHECK(std::get<2>(row) == "0001-01-01");
    CHECK(std::get<3>(row) == "23:59:59.999999");
    CHECK(std::get<4>(row) == "1969-12-31 22:59:59.999999");
    CHECK(std::get<5>(row) == "0123456789abcdef0123456789abcdef");
    CHECK(std::get<6>(row) == "green");
    CHECK(std::get<7>(row) == 2);
    CHECK(std::get<8>(row) == R"({"a":[1,2.5,null,"xé"],"b":{}})");
  }(engine));
}

TEST_CASE("a value of another type than its column's is an error that names the column") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<Everything>(engine);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(sample());
    co_await session.commit();
  }(engine));
  struct Row {
    const char* change;
    const char* expected;
  };
  const Row rows[] = {
      {"medium = 2147483648", "everything.medium is 2147483648, which its C++ type cannot hold"},
      {"medium = 'many'", "everything.medium is no integer"},
      {"flag = 2", "column flag holds an integer that is no boolean"},
      {"moment = 'noon'", "column moment holds a text that is no date and time"},
      {"moment = '2026-02-30 00:00:00'", "column moment holds a text that is no date and time"},
      {"moment = 5", "column moment holds an integer that is no date and time"},
      {"uuid = 'x'", "column uuid holds a text that is no UUID"},
      {"json = '{'", "column json holds a text that is no JSON"},
      {"name = CAST(x'ff' AS TEXT)", "column name holds a text that is no UTF-8"},
      {"price = 'dear'", "column price holds a text that is no decimal number"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.change));
    CHECK(failure(engine, [&](Engine& on) -> Task<void> {
            auto session = on.session();
            co_await session.execute(text("UPDATE everything SET " + std::string(row.change)));
            co_await session.all(select<Everything>());
          }) == row.expected);
  }
}

TEST_CASE("a digit that SQLite would lose is refused") {
  const TestDatabase database;
  Engine engine(database.url());
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    CHECK((co_await session.one(text<Decimal>("SELECT 0.00001234"))).text == "0.00001234");
    CHECK((co_await session.one(text<Decimal>("SELECT 1e300"))).text == "1E+300");
  }(engine));
  CHECK(failure(engine, [](Engine& on) -> Task<void> {
          auto session = on.session();
          co_await session.execute(text("SELECT ?", Decimal{"0.1234567890123456"}));
        }) == "SQLite keeps 15 digits of a decimal number; this one has 16");
}

TEST_CASE("times that other programs wrote are read as UTC") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<Everything>(engine);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    for (const char* written : {"2026-11-25 14:47:09", "2026-11-25T14:47:09Z",
                                "2026-11-25 16:47:09.000+02:00", "2026-11-25 14:47:09.000000"}) {
      CAPTURE(std::string(written));
      auto read = co_await session.one(text<DateTime>("SELECT ?", written));
      CHECK(read.microseconds == 1'795'618'029'000'000);
      CHECK_FALSE(read.naive);
    }
  }(engine));
}

TEST_SUITE_END();
