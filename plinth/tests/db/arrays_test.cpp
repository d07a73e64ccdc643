// Columns of arrays and of JSONB.
#include <doctest/doctest.h>

#include <limits>

#include "models.hpp"
#include "support/database.hpp"

using namespace models;

namespace {

enum class Mood { calm, cross };

struct Lists {
  static constexpr auto table = "lists";

  Column<std::int64_t, primary_key> id;
  Column<std::vector<std::string>, max_length(7)> tags;
  Column<std::vector<std::int16_t>> numbers;
  Column<std::vector<double>> reals;
  Column<std::vector<std::optional<DateTime>>> moments;
  Column<std::vector<Uuid>> uuids;
  Column<std::vector<Decimal>, max_digits(6), decimal_places(2)> prices;
  Column<std::vector<Bytes>> blobs;
  Column<std::vector<Date>> days;
  Column<std::vector<Mood>> moods;
  Column<std::optional<std::vector<std::string>>> notes;
  Column<Json, jsonb, defaults_to_empty> data;
};

Lists sample() {
  return Lists{.tags = std::vector<std::string>{"a", "\xc3\xa9'\"{},\\", "NULL", ""},
               .numbers = std::vector<std::int16_t>{-32768, 0, 32767},
               .reals = std::vector<double>{1.5, -0.25, 1e300},
               .moments = std::vector<std::optional<DateTime>>{DateTime{1'795'618'029'514'340},
                                                               std::nullopt},
               .uuids = std::vector<Uuid>{*Uuid::parse("0123456789abcdef0123456789abcdef")},
               .prices = std::vector<Decimal>{Decimal{"1234.50"}, Decimal{"-0.01"}},
               .blobs = std::vector<Bytes>{Bytes{std::string("\0\xff", 2)}},
               .days = std::vector<Date>{Date{0}},
               .moods = std::vector<Mood>{Mood::cross, Mood::calm}};
}

struct Database {
  support::TestDatabase database;
  Engine engine{database.url()};
  Database() { create_all<Lists>(engine); }
};

std::string failure(Engine& engine, Lists lists) {
  try {
    run([](Engine& of, Lists object) -> Task<void> {
      auto session = of.session();
      session.add(std::move(object));
      co_await session.commit();
    }(engine, std::move(lists)));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

std::string failure_of(Engine& engine, std::string update) {
  try {
    run([](Engine& of, std::string sql) -> Task<void> {
      auto session = of.session();
      co_await session.execute(text(sql));
      co_await session.commit();
      co_await session.all(select<Lists>());
    }(engine, std::move(update)));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("arrays come back as they were sent") {
  Database database;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(sample());
    co_await session.commit();
    auto read = co_await session.one(select<Lists>());
    const auto sent = sample();
    CHECK(*read.tags == *sent.tags);
    CHECK(*read.numbers == *sent.numbers);
    CHECK(*read.reals == *sent.reals);
    REQUIRE(read.moments->size() == 2);
    CHECK((*read.moments)[0]->microseconds == 1'795'618'029'514'340);
    CHECK_FALSE((*read.moments)[1].has_value());
    CHECK(*read.uuids == *sent.uuids);
    CHECK((*read.prices)[0].text == "1234.50");
    CHECK((*read.prices)[1].text == "-0.01");
    CHECK(*read.blobs == *sent.blobs);
    CHECK(*read.days == *sent.days);
    CHECK(*read.moods == *sent.moods);
    CHECK_FALSE(read.notes->has_value());

    auto count_of = [&](auto condition) {
      return session.one(select<Lists>(count()).where(condition));
    };
    CHECK(co_await count_of(col<&Lists::tags>.any("NULL")) == 1);
    CHECK(co_await count_of(col<&Lists::tags>.any("b")) == 0);
    CHECK(co_await count_of(col<&Lists::numbers>.any(-32768)) == 1);
    CHECK(co_await count_of(col<&Lists::moods>.any(Mood::cross)) == 1);
    CHECK(co_await count_of(col<&Lists::tags> == *sent.tags) == 1);

    co_await session.execute(
        update<Lists>().set(col<&Lists::notes> = std::vector<std::string>{"x"}));
    CHECK((*(co_await session.one(select<Lists>())).notes)->front() == "x");
  }(database.engine));
}

TEST_CASE("an item that does not fit is an error that names the column") {
  Database database;
  auto lists = sample();
  lists.tags = std::vector<std::string>{"short", "too long"};
  CHECK(failure(database.engine, lists) ==
        "lists.tags cannot hold an array with a text of 8 characters, but 7 fit");
  lists = sample();
  lists.prices = std::vector<Decimal>{Decimal{"0.001"}};
  CHECK(failure(database.engine, lists) ==
        "lists.prices cannot hold an array with more than 2 digits after the point");
  lists = sample();
  lists.reals = std::vector<double>{std::numeric_limits<double>::infinity()};
  CHECK(failure(database.engine, lists) == "lists.reals cannot hold an array with an infinity");
  lists = sample();
  lists.tags = std::vector<std::string>{std::string("a\0b", 3)};
  CHECK(failure(database.engine, lists) ==
        "lists.tags cannot hold an array with a text with a NUL character");
}

TEST_CASE("an array that another writer left is read only if its items fit") {
  Database database;
  CHECK(failure(database.engine, sample()) == "no error");
  CHECK(failure_of(database.engine, support::by_engine("UPDATE lists SET numbers = '[null]'",
                                                       "UPDATE lists SET numbers = '{NULL}'")) ==
        "lists.numbers has an item 0 that is NULL, and its C++ type is not std::optional");
  if (support::on_postgresql()) return;  // it lets nobody leave the following
  CHECK(failure_of(database.engine, "UPDATE lists SET numbers = '[1, 40000]'") ==
        "lists.numbers has an item 1 that is 40000, which its C++ type cannot hold");
  CHECK(failure_of(database.engine, "UPDATE lists SET numbers = '{}'") ==
        "column numbers holds a text that is no array of such items");
  CHECK(failure_of(database.engine, "UPDATE lists SET numbers = '[1', id = 1") ==
        "column numbers holds a text that is no array of such items");
}

TEST_CASE("arrays and JSONB are types of PostgreSQL, JSON of SQLite") {
  auto sql = db::create_statements(metadata<Lists>(), db::Dialect::postgresql);
  REQUIRE(sql.size() == 2);
  CHECK(sql[0] == "CREATE TYPE mood AS ENUM ('calm', 'cross')");
  for (const char* column :
       {"tags VARCHAR(7)[] NOT NULL", "numbers SMALLINT[] NOT NULL",
        "moments TIMESTAMP WITH TIME ZONE[] NOT NULL", "prices NUMERIC(6, 2)[] NOT NULL",
        "moods mood[] NOT NULL", "notes VARCHAR[], ", "data JSONB NOT NULL"}) {
    CAPTURE(column);
    CHECK(sql[1].find(column) != std::string::npos);
  }
  sql = db::create_statements(metadata<Lists>(), db::Dialect::sqlite);
  CHECK(sql[0].find("tags JSON NOT NULL") != std::string::npos);
  CHECK(sql[0].find("data JSON NOT NULL") != std::string::npos);
}
