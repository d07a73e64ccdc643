#include "schema/serialise.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <string>

#include "plinth/schema.hpp"
#include "sink.hpp"

using namespace plinth;
using plinth::schema::Style;
using plinth::schema::WriteOptions;

namespace {

template <class T>
std::string written(const T& value, const WriteOptions& options = {}) {
  std::string text;
  schema::write(detail::type_of<T>(), &value, text, options);
  return text;
}

std::string recorded(const std::string& path) {
  std::ifstream file(PLINTH_TEST_DATA "/sink.jsonl");
  for (std::string line; std::getline(file, line);) {
    Json row = Json::parse(line);
    if (row["path"].str() == path) return row["resp_body"].str();
  }
  return {};
}

sink::Types types() {
  auto moment = [](const char* text) { return *DateTime::parse(text); };
  return {.dt = moment("2026-01-02T03:04:05.678Z"),
          .naive = moment("2026-01-02T03:04:05"),
          .off = moment("2026-01-02T03:04:05+02:00"),
          .d = Date{20455},
          .t = Time{.microseconds = 11'045'000'000},
          .td = Duration{93'603'500'000},
          .u = *Uuid::parse("00000000-0000-0000-0000-000000000005"),
          .dec = Decimal{"1.10"},
          .e = sink::Color::red,
          .b = Bytes{"abc"},
          .uni = "ü😀\u2028</script>\x7f\x01"};
}

struct Kept {
  std::int64_t a;
  std::optional<std::string> b;
  Float<defaults_to(1.5)> c;
  Str<exclude, defaults_to("hidden")> d;
  Field<Json, defaults_to_empty> e;
  std::optional<Str<alias("camelName")>> snake_name;
};

}  // namespace

TEST_CASE("values are written as pydantic writes them") {
  CHECK(written(types()) == recorded("/r/typesm"));
  std::vector<double> floats{1.0,
                             1e22,
                             1e-7,
                             0.1 + 0.2,
                             123456789.123,
                             -0.0,
                             1e16,
                             1e15,
                             std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()};
  CHECK(written(floats) == recorded("/r/floatm"));
}

TEST_CASE("without a response model values are written as Python writes them") {
  CHECK(written(types(), {.style = Style::plain}) ==
        R"({"dt":"2026-01-02T03:04:05.678000+00:00","naive":"2026-01-02T03:04:05",)"
        R"("off":"2026-01-02T03:04:05+02:00","d":"2026-01-02","t":"03:04:05","td":93603.5,)"
        R"("u":"00000000-0000-0000-0000-000000000005","dec":1.1,"e":"red","b":"abc",)"
        "\"uni\":\"ü😀\u2028</script>\x7f\\u0001\"}");
  CHECK(written(std::vector<double>{1e22, 1e-7}, {.style = Style::plain}) == "[1e+22,1e-07]");
}

TEST_CASE("what is excluded, null or a default can be left out") {
  Kept kept{.a = 1, .e = Json(nullptr)};
  CHECK(written(kept) == R"({"a":1,"b":null,"c":1.5,"e":null,"camelName":null})");
  CHECK(written(kept, {.exclude_none = true}) == R"({"a":1,"c":1.5})");
  CHECK(written(kept, {.exclude_defaults = true}) == R"({"a":1})");
  kept.c = 2.5;
  kept.snake_name = "s";
  CHECK(written(kept, {.exclude_defaults = true}) == R"({"a":1,"c":2.5,"camelName":"s"})");
  CHECK(written(kept, {.exclude_none = true, .by_alias = false}) ==
        R"({"a":1,"c":2.5,"snake_name":"s"})");
}

TEST_CASE("secrets are not written") {
  CHECK(written(Secret("hunter2")) == R"("**********")");
  CHECK(written(Secret()) == R"("")");
}

TEST_CASE("keys of objects are texts") {
  CHECK(written(std::map<int, bool>{{1, true}, {2, false}}) == R"({"1":true,"2":false})");
  CHECK(written(std::map<sink::Color, int>{{sink::Color::green, 1}}) == R"({"green":1})");
  CHECK(written(std::map<double, int>{{0.5, 1}}) == R"({"0.5":1})");
  CHECK(written(std::map<std::string, int>{{"a\"b", 1}}) == R"({"a\"b":1})");
}

TEST_CASE("enums are their names or their numbers") {
  CHECK(written(std::vector{sink::Color::red, sink::Color::green}) == R"(["red","green"])");
  CHECK(written(sink::N::two) == "2");
}

TEST_CASE("unions are what they hold") {
  CHECK(written(std::variant<std::int64_t, std::string>("x")) == R"("x")");
  CHECK(written(std::variant<std::monostate, std::string>()) == "null");
  CHECK(written(std::optional<std::variant<std::int64_t, std::string>>(5)) == "5");
  CHECK(written(std::pair<int, std::string>(1, "a")) == R"([1,"a"])");
}
