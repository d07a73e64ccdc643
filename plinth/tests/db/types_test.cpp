#include <doctest/doctest.h>

#include <limits>

#include "everything.hpp"
#include "models.hpp"
#include "support/database.hpp"

using namespace models;
using support::on_postgresql;
using support::Place;
using support::query_postgresql;
using support::TestDatabase;

namespace {

void check_equal(const Everything& read, const Everything& sent) {
  CHECK(*read.flag == *sent.flag);
  CHECK(*read.tiny == *sent.tiny);
  CHECK(*read.small == *sent.small);
  CHECK(*read.medium == *sent.medium);
  CHECK(*read.large == *sent.large);
  CHECK(*read.tiny_unsigned == *sent.tiny_unsigned);
  CHECK(*read.medium_unsigned == *sent.medium_unsigned);
  CHECK(*read.large_unsigned == *sent.large_unsigned);
  CHECK(*read.single == *sent.single);
  CHECK(*read.number == *sent.number);
  CHECK(*read.name == *sent.name);
  CHECK(read.email->str() == sent.email->str());
  CHECK(read.data->data == sent.data->data);
  CHECK(read.moment->microseconds == sent.moment->microseconds);
  CHECK_FALSE(read.moment->naive);
  CHECK(read.day->days == sent.day->days);
  CHECK(read.clock->microseconds == sent.clock->microseconds);
  CHECK(read.lasting->microseconds == sent.lasting->microseconds);
  CHECK(*read.uuid == *sent.uuid);
  CHECK(read.price->text == sent.price->text);
  CHECK(*read.json == *sent.json);
  CHECK(*read.colour == *sent.colour);
  CHECK(*read.level == *sent.level);
  CHECK(*read.note == *sent.note);
  CHECK(*read.count == *sent.count);
  CHECK((*read.shade == *sent.shade));
}

}  // namespace

TEST_CASE("every type comes back as it was sent") {
  for (const auto place : {Place::memory, Place::disk}) {
    const TestDatabase database(place);
    Engine engine(database.url());
    create_all<Everything>(engine);
    run([](Engine& on) -> Task<void> {
      auto session = on.session();
      auto first = sample();
      auto second = sample();
      second.note = "";
      second.count = 0;
      second.shade = Colour::red;
      session.add(first);
      session.add(second);
      co_await session.commit();
      check_equal(*co_await session.get<Everything>(1), first);
      check_equal(*co_await session.get<Everything>(2), second);
      auto found = co_await session.all(select<Everything>(col<&Everything::id>)
                                            .where(col<&Everything::colour> == Colour::green &&
                                                   col<&Everything::level> == Level::high &&
                                                   col<&Everything::uuid> == *first.uuid &&
                                                   col<&Everything::moment> <= *first.moment &&
                                                   col<&Everything::note> == ""));
      CHECK(found == std::vector<std::int64_t>{2});
    }(engine));
  }
}

TEST_CASE("the tables of models are typed as SQLAlchemy types them") {
  const db::Table* tables[] = {&detail::table_of<Everything>()};
  CHECK(db::create_statements({.tables = tables}, db::Dialect::postgresql).at(1) ==
        "CREATE TABLE everything (\n\tid BIGSERIAL NOT NULL, \n\tflag BOOLEAN NOT NULL, \n\ttiny "
        "SMALLINT NOT NULL, \n\tsmall SMALLINT NOT NULL, \n\tmedium INTEGER NOT NULL, \n\tlarge "
        "BIGINT NOT NULL, \n\ttiny_unsigned SMALLINT NOT NULL, \n\tmedium_unsigned BIGINT NOT "
        "NULL, \n\tlarge_unsigned BIGINT NOT NULL, \n\tsingle REAL NOT NULL, \n\tnumber FLOAT NOT "
        "NULL, \n\tname VARCHAR NOT NULL, \n\temail VARCHAR(320) NOT NULL, \n\tdata BYTEA NOT "
        "NULL, \n\tmoment TIMESTAMP WITH TIME ZONE NOT NULL, \n\tday DATE NOT NULL, \n\tclock TIME "
        "WITHOUT TIME ZONE NOT NULL, \n\tlasting INTERVAL NOT NULL, \n\tuuid UUID NOT NULL, "
        "\n\tprice NUMERIC(12, 3) NOT NULL, \n\tjson JSON NOT NULL, \n\tcolour colour NOT NULL, "
        "\n\tlevel INTEGER NOT NULL, \n\tnote VARCHAR, \n\tcount INTEGER, \n\tshade colour, "
        "\n\tPRIMARY KEY (id)\n)");
  CHECK(db::create_statements({.tables = tables}, db::Dialect::postgresql).at(0) ==
        "CREATE TYPE colour AS ENUM ('red', 'green')");
}

TEST_CASE("a value that a column cannot hold is refused before any SQL, by name") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<User, Team, Everything>(engine);
  struct Row {
    const char* name;
    std::string message;
    const char* expected;
  };
  auto add = [&](auto change) {
    return failure(engine, [&](Engine& on) -> Task<void> {
      auto session = on.session();
      auto object = sample();
      change(object);
      session.add(object);
      co_await session.commit();
    });
  };
  const std::string nul("a\0b", 3);
  const Row rows[] = {
      {"NUL", add([&](auto& it) { it.name = nul; }),
       "everything.name cannot hold a text with a NUL character"},
      {"UTF-8", add([](auto& it) { it.name = "\xff"; }),
       "everything.name cannot hold a text that is not UTF-8"},
      {"lone surrogate", add([](auto& it) { it.note = "\xed\xa0\x80"; }),
       "everything.note cannot hold a text that is not UTF-8"},
      {"too long", add([](auto& it) { it.email = Email(std::string(321, 'x')); }),
       "everything.email cannot hold a text of 321 characters, but 320 fit"},
      {"NaN", add([](auto& it) { it.number = std::numeric_limits<double>::quiet_NaN(); }),
       "everything.number cannot hold NaN"},
      {"unsigned", add([](auto& it) { it.large_unsigned = ~std::uint64_t{0}; }),
       "everything.large_unsigned: an integer above 9223372036854775807 cannot be stored"},
      {"year 10000", add([](auto& it) { it.moment = DateTime{253'402'300'800'000'000}; }),
       "everything.moment cannot hold a time outside of the years 1 to 9999"},
      {"places", add([](auto& it) { it.price = Decimal{"1.0001"}; }),
       "everything.price cannot hold more than 3 digits after the point"},
      {"digits", add([](auto& it) { it.price = Decimal{"1E9"}; }),
       "everything.price cannot hold more than 9 digits before the point"},
      {"JSON with NUL", add([&](auto& it) { it.json = Json::array({Json(nul)}); }),
       "everything.json cannot hold a text with a NUL character"},
      {"JSON with NaN",
       add([](auto& it) { it.json = Json(std::numeric_limits<double>::infinity()); }),
       "everything.json cannot hold JSON with NaN or an infinity"},
      {"enumerator", add([](auto& it) { it.colour = static_cast<Colour>(7); }),
       "everything.colour: Colour has no enumerator of value 7"},
      {"in values",
       failure(engine,
               [](Engine& on) -> Task<void> {
                 auto session = on.session();
                 co_await session.execute(
                     insert<Team>().values(col<&Team::name> = "a name of 21 letters."));
               }),
       "teams.name cannot hold a text of 21 characters, but 20 fit"},
      {"in a condition",
       failure(engine,
               [&](Engine& on) -> Task<void> {
                 auto session = on.session();
                 co_await session.first(select<Team>().where(col<&Team::name> == nul));
               }),
       "a parameter cannot be a text with a NUL character"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.name));
    CHECK(row.message == row.expected);
  }
  const std::string twenty_characters =
      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
      "567890123456789";
  CHECK(failure(engine, [&](Engine& on) -> Task<void> {
          auto session = on.session();
          session.add(Team{.name = twenty_characters});
          co_await session.commit();
        }) == "no error");
}

TEST_CASE("a decimal has its places, and no digit is lost silently") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<Everything>(engine);
  struct Row {
    const char* sent;
    const char* read;
  };
  const Row rows[] = {{"1.10", "1.100"},    {"0", "0.000"},
                      {"-0.001", "-0.001"}, {"5", "5.000"},
                      {"1E2", "100.000"},   {"999999999.999", "999999999.999"},
                      {"0.00", "0.000"},    {"123456789", "123456789.000"}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.sent));
    run([](Engine& on, const Row& with) -> Task<void> {
      auto session = on.session();
      auto object = sample();
      object.price = Decimal{with.sent};
      session.add(object);
      co_await session.commit();
      co_await session.refresh(object);
      CHECK(object.price->text == with.read);
    }(engine, row));
  }
}

TEST_CASE("a value that does not fit its C++ type is an error that names the column") {
  const TestDatabase database;
  Engine engine(database.url());
  create_all<Everything>(engine);
  if (on_postgresql()) {  // whose enum types another program may extend
    query_postgresql(database.direct_url(), "ALTER TYPE colour ADD VALUE 'blue'");
  }
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
      {"tiny_unsigned = -1", "everything.tiny_unsigned is -1, which its C++ type cannot hold"},
      {"tiny = 200", "everything.tiny is 200, which its C++ type cannot hold"},
      {"colour = 'blue'", "everything.colour is \"blue\", no enumerator of Colour"},
      {"level = 3", "everything.level is 3, no enumerator of Level"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.change));
    CHECK(failure(engine, [&](Engine& on) -> Task<void> {
            auto session = on.session();
            co_await session.execute(text("UPDATE everything SET " + std::string(row.change)));
            co_await session.all(select<Everything>());
          }) == row.expected);
  }
  CHECK(failure(engine, [](Engine& on) -> Task<void> {
          auto session = on.session();
          co_await session.all(text<std::int64_t>("SELECT NULL"));
        }) == "a column is NULL, and its C++ type is not std::optional");
  CHECK(failure(engine, [](Engine& on) -> Task<void> {
          auto session = on.session();
          co_await session.all(text<std::int64_t>("SELECT 1, 2"));
        }) == "a row has 2 columns, but 1 are wanted");
}
