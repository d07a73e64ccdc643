// What the recorded answers cannot show: rules that only C++ has, and those that deviate.
#include "schema/validate.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>

#include "harness.hpp"
#include "plinth/schema.hpp"

using namespace plinth;

namespace {

template <class T>
std::string body_of(std::string_view text) {
  return schema::body_of<T>(text);
}

// The types of the errors and where they are: "int_parsing body.a; missing body.b".
template <class T>
std::string errors_of(std::string_view text) {
  Json answer = Json::parse(body_of<T>(text));
  const Json* detail = answer.find("detail");
  if (detail == nullptr) return "none";
  std::string found;
  for (const auto& error : detail->items()) {
    if (!found.empty()) found += "; ";
    found += error["type"].str() + " ";
    for (const auto& step : error["loc"].items()) {
      if (found.back() != ' ') found += '.';
      found += step.is_string() ? step.str() : std::to_string(step.integer());
    }
  }
  return found;
}

std::string starts_low(const std::string& text) {
  return !text.empty() && text[0] >= 'A' && text[0] <= 'Z' ? "must start in lower case" : "";
}
std::string no_space(const std::string& text) {
  return text.find(' ') != text.npos ? "must not have spaces" : "";
}
std::string given(const std::optional<std::string>& text) { return text ? "" : "give one"; }

struct Checked {
  Str<min_length(2), check<starts_low>, check<no_space>> name;
  Field<std::optional<std::string>, check<given>> nick;
};

struct Span {
  std::int64_t from;
  std::int64_t to;
  static std::string check(const Span& span) { return span.to < span.from ? "ends too early" : ""; }
};

struct Optionals {
  std::optional<Str<min_length(2), alias("firstName")>> first_name;
  Field<std::optional<std::string>, min_length(2), alias("lastName")> last_name;
  Field<std::optional<std::vector<std::int64_t>>, max_length(1)> list;
  Field<std::optional<std::int64_t>, required> must;
  Field<std::optional<std::int64_t>, defaults_to(5), ge(0)> five;
};

struct StrictOne {
  static constexpr ModelConfig model_config{.strict = true};
  std::optional<DateTime> when;
  std::optional<Uuid> id;
  std::optional<Decimal> price;
  std::optional<std::set<std::int64_t>> set;
  std::optional<std::tuple<std::int64_t, std::string>> pair;
  std::optional<Bytes> bytes;
  std::optional<Duration> duration;
};

struct LaxIn {
  std::int64_t number;
};
struct StrictOut {
  static constexpr ModelConfig model_config{.strict = true};
  std::vector<std::int64_t> list;
  LaxIn inner;
};

struct Circle {
  Field<Literal<"circle">, alias("type")> kind;
  double radius;
};
struct Square {
  Field<Literal<"square", "box">, alias("type")> kind;
  double side;
};
using Shape = Field<std::variant<Circle, Square>, discriminator("kind")>;

std::vector<std::string> two_tags() { return {"a", "b"}; }
struct Defaults {
  Field<std::vector<std::string>, default_factory<two_tags>> tags;
  Field<std::map<std::string, int>, defaults_to_empty> map;
  Field<Literal<"x", "y">, defaults_to("y")> letter;
  Str<defaults_to("")> empty;
};

}  // namespace

TEST_CASE("checks run in their order, after the rules, and the first reason counts") {
  CHECK(errors_of<Checked>(R"({"name":"ab","nick":"n"})") == "none");
  CHECK(errors_of<Checked>(R"({"name":"A","nick":"n"})") == "string_too_short body.name");
  CHECK(body_of<Checked>(R"({"name":"A b","nick":"n"})") ==
        R"({"detail":[{"type":"value_error","loc":["body","name"],)"
        R"("msg":"Value error, must start in lower case","input":"A b","ctx":{"error":{}}}]})");
  CHECK(body_of<Checked>(R"({"name":"a b","nick":"n"})") ==
        R"({"detail":[{"type":"value_error","loc":["body","name"],)"
        R"("msg":"Value error, must not have spaces","input":"a b","ctx":{"error":{}}}]})");
}

TEST_CASE("a check of an optional sees null when it was given, not when it was left out") {
  CHECK(errors_of<Checked>(R"({"name":"ab","nick":null})") == "value_error body.nick");
  CHECK(errors_of<Checked>(R"({"name":"ab"})") == "none");
}

TEST_CASE("a struct's own check runs when its members are good") {
  CHECK(body_of<std::vector<Span>>(R"([{"from":1,"to":2},{"from":2,"to":1}])") ==
        R"({"detail":[{"type":"value_error","loc":["body",1],"msg":"Value error, ends too early",)"
        R"("input":{"from":2,"to":1},"ctx":{"error":{}}}]})");
  CHECK(errors_of<Span>(R"({"from":2,"to":"x"})") == "int_parsing body.to");
}

TEST_CASE("rules of an optional hold for its value, wherever they stand") {
  CHECK(errors_of<Optionals>(R"({"firstName":"a","lastName":"b","list":[1,2],"must":1})") ==
        "string_too_short body.firstName; string_too_short body.lastName; too_long body.list");
  CHECK(errors_of<Optionals>(R"({"must":null,"five":-1})") == "greater_than_equal body.five");
  CHECK(errors_of<Optionals>("{}") == "missing body.must");
  CHECK(body_of<Optionals>(R"({"firstName":"ab","must":null})") ==
        R"({"firstName":"ab","lastName":null,"list":null,"must":null,"five":5})");
}

TEST_CASE("integers must fit their C++ type") {
  CHECK(body_of<std::int8_t>("127") == "127");
  CHECK(errors_of<std::int8_t>("128") == "int_parsing_size body");
  CHECK(errors_of<std::int8_t>("-129") == "int_parsing_size body");
  CHECK(body_of<std::uint8_t>("\"255\"") == "255");
  CHECK(errors_of<std::uint8_t>("256") == "int_parsing_size body");
  CHECK(errors_of<std::uint16_t>("-1") == "greater_than_equal body");
  CHECK(errors_of<std::uint64_t>("\"-1\"") == "greater_than_equal body");
  CHECK(body_of<std::uint64_t>("18446744073709551615") == "18446744073709551615");
  CHECK(errors_of<std::uint64_t>("18446744073709551616") == "int_parsing_size body");
  CHECK(body_of<std::int64_t>("-9223372036854775808") == "-9223372036854775808");
  CHECK(errors_of<std::int64_t>("-9223372036854775809") == "int_parsing_size body");
  CHECK(body_of<std::int32_t>("2e9") == "2000000000");
  CHECK(errors_of<std::int32_t>("3e9") == "int_parsing_size body");
}

TEST_CASE("bounds hold for all 64 bits of an unsigned integer") {
  using Big = Field<std::uint64_t, gt(5), multiple_of(5)>;
  CHECK(body_of<Big>("18446744073709551615") == "18446744073709551615");
  CHECK(errors_of<Big>("18446744073709551614") == "multiple_of body");
  CHECK(errors_of<Field<std::uint64_t, lt(10)>>("18446744073709551615") == "less_than body");
}

TEST_CASE("a text of more digits than pydantic reads is too big") {
  CHECK(errors_of<std::int64_t>("\"" + std::string(5000, '0') + "\"") == "int_parsing_size body");
}

TEST_CASE("a float of 32 bits is written as short as it was given") {
  CHECK(body_of<float>("0.1") == "0.1");
  CHECK(body_of<float>("16777217") == "16777216.0");
  CHECK(body_of<float>("1e39") == "null");
}

TEST_CASE("a strict struct reads what JSON can say") {
  CHECK(errors_of<StrictOne>(R"({"when":"2026-01-02T03:04:05Z","set":[1,1],"pair":[1,"a"],)"
                             R"("id":"12345678-1234-5678-1234-567812345678","price":1.5,)"
                             R"("bytes":"b","duration":"PT1H"})") == "none");
  CHECK(errors_of<StrictOne>(R"({"when":5,"set":["1"],"pair":["1","a"],"duration":5})") ==
        "datetime_type body.when; int_type body.set.0; int_type body.pair.0; "
        "time_delta_type body.duration");
}

TEST_CASE("strictness goes into lists, not into other structs") {
  CHECK(errors_of<StrictOut>(R"({"list":[1,"2"],"inner":{"number":"3"}})") ==
        "int_type body.list.1");
}

TEST_CASE("a discriminator may have an alias") {
  CHECK(body_of<Shape>(R"({"type":"box","side":2})") == R"({"type":"box","side":2.0})");
  CHECK(errors_of<Shape>(R"({"type":"circle"})") == "missing body.circle.radius");
  CHECK(body_of<Shape>(R"({"kind":"circle","radius":1})") ==
        R"({"detail":[{"type":"union_tag_not_found","loc":["body"],"msg":"Unable to extract tag )"
        R"(using discriminator 'type'","input":{"kind":"circle","radius":1},)"
        R"("ctx":{"discriminator":"'type'"}}]})");
}

TEST_CASE("defaults stand in for what is left out") {
  CHECK(body_of<Defaults>("{}") == R"({"tags":["a","b"],"map":{},"letter":"y","empty":""})");
  CHECK(errors_of<Defaults>(R"({"letter":null})") == "literal_error body.letter");
}

TEST_CASE("keys of a map are read by their type") {
  CHECK(body_of<std::map<bool, int>>(R"({"yes":1,"0":2})") == R"({"false":2,"true":1})");
  CHECK(errors_of<std::map<std::int64_t, int>>(R"({"a":"x","1":1})") ==
        "int_parsing body.a.[key]; int_parsing body.a");
}

TEST_CASE("nesting to the parser's limit is read") {
  struct Nest {
    std::vector<Json> any;
  };
  std::string deep = std::string(400, '[') + std::string(400, ']');
  CHECK(body_of<Nest>(R"({"any":)" + deep + "}") == R"({"any":)" + deep + "}");
  CHECK(errors_of<std::vector<std::vector<int>>>(deep) == "int_type body.0.0");
}
