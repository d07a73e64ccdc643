#include <doctest/doctest.h>

#include <limits>

#include "models.hpp"
#include "temporary.hpp"

using namespace models;

namespace {

enum class Colour { red, green };
enum class Level { low = 1, high = 2 };

}  // namespace

template <>
inline constexpr bool plinth::integer_enum<Level> = true;

namespace {

struct Everything {
  static constexpr auto table = "everything";

  Column<std::int64_t, primary_key> id;
  Column<bool> flag;
  Column<std::int8_t> tiny;
  Column<std::int16_t> small;
  Column<std::int32_t> medium;
  Column<std::int64_t> large;
  Column<std::uint8_t> tiny_unsigned;
  Column<std::uint32_t> medium_unsigned;
  Column<std::uint64_t> large_unsigned;
  Column<float> single;
  Column<double> number;
  Column<std::string> name;
  Column<Email, max_length(320)> email;
  Column<Bytes> data;
  Column<DateTime> moment;
  Column<Date> day;
  Column<Time> clock;
  Column<Duration> lasting;
  Column<Uuid> uuid;
  Column<Decimal, max_digits(12), decimal_places(3)> price;
  Column<Json> json;
  Column<Colour> colour;
  Column<Level> level;
  Column<std::optional<std::string>> note;
  Column<std::optional<std::int32_t>> count;
  Column<std::optional<Colour>> shade;
};

Everything sample() {
  return Everything{.flag = true,
                    .tiny = std::int8_t{-128},
                    .small = std::int16_t{-32768},
                    .medium = -2147483647 - 1,
                    .large = std::numeric_limits<std::int64_t>::min(),
                    .tiny_unsigned = std::uint8_t{255},
                    .medium_unsigned = 4294967295U,
                    .large_unsigned = std::uint64_t{9223372036854775807U},
                    .single = 0.1F,
                    .number = 1e308,
                    .name = "na\xc3\xafve \xf0\x9f\x8c\x8d '; DROP TABLE everything; --",
                    .email = Email("ada@example.com"),
                    .data = Bytes{std::string("\0\xff'\n", 4)},
                    .moment = DateTime{1'795'618'029'514'340, 7200},
                    .day = Date{-719'162},
                    .clock = Time{86'399'999'999},
                    .lasting = Duration{-3'600'000'001},
                    .uuid = *Uuid::parse("0123456789abcdef0123456789abcdef"),
                    .price = Decimal{"-123456789.125"},
                    .json = Json::parse(R"({"a": [1, 2.5, null, "x\u00e9"], "b": {}})"),
                    .colour = Colour::green,
                    .level = Level::high};
}

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

template <class Function>
std::string failure(Engine& engine, Function function) {
  try {
    run(function(engine));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every type comes back as it was sent") {
  const TemporaryDatabase file;
  for (const auto& url : {std::string("sqlite:///:memory:"), file.url()}) {
    Engine engine(url);
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

TEST_CASE("values are stored as SQLAlchemy stores them in SQLite") {
  Engine engine("sqlite:///:memory:");
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

TEST_CASE("the tables of models are typed as SQLAlchemy types them") {
  const db::Table* tables[] = {&detail::table_of<Everything>()};
  CHECK(db::create_statements(tables, db::Dialect::postgresql).at(1) ==
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
  CHECK(db::create_statements(tables, db::Dialect::postgresql).at(0) ==
        "CREATE TYPE colour AS ENUM ('red', 'green')");
}

TEST_CASE("a value that a column cannot hold is refused before any SQL, by name") {
  Engine engine("sqlite:///:memory:");
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

TEST_CASE("a value that does not fit its C++ type is an error that names the column") {
  Engine engine("sqlite:///:memory:");
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
      {"tiny_unsigned = -1", "everything.tiny_unsigned is -1, which its C++ type cannot hold"},
      {"medium = 'many'", "everything.medium is no integer"},
      {"colour = 'blue'", "everything.colour is \"blue\", no enumerator of Colour"},
      {"level = 3", "everything.level is 3, no enumerator of Level"},
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
  CHECK(failure(engine, [](Engine& on) -> Task<void> {
          auto session = on.session();
          co_await session.all(text<std::int64_t>("SELECT NULL"));
        }) == "a column is NULL, and its C++ type is not std::optional");
  CHECK(failure(engine, [](Engine& on) -> Task<void> {
          auto session = on.session();
          co_await session.all(text<std::int64_t>("SELECT 1, 2"));
        }) == "a row has 2 columns, but 1 are wanted");
}

TEST_CASE("a decimal has its places, and no digit is lost silently") {
  Engine engine("sqlite:///:memory:");
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
  Engine engine("sqlite:///:memory:");
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
