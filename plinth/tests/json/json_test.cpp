#include "plinth/json.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>

using namespace plinth;

TEST_CASE("a value is read, looked into and written") {
  const auto user =
      R"({"id": 1, "email": "ada@example.com", "tags": ["a", "b"], "score": 1.50})"_json;
  CHECK(user["id"].integer() == 1);
  CHECK(user["email"].str() == "ada@example.com");
  CHECK(user["tags"][1].str() == "b");
  CHECK(user["tags"].size() == 2);
  CHECK(user["score"].number() == 1.5);
  CHECK(user["id"].number() == 1.0);
  CHECK(user.contains("id"));
  CHECK_FALSE(user.contains("name"));
  CHECK(user.find("name") == nullptr);
  CHECK(user.dump() == R"({"id":1,"email":"ada@example.com","tags":["a","b"],"score":1.5})");
}

TEST_CASE("a value is built by hand") {
  Json user = Json::object({{"id", 1}, {"name", "Ada"}, {"id", 2}});
  user["tags"] = Json::array({"a", nullptr, true});
  user["tags"].push_back(0.5);
  user["name"] = "Ada Lovelace";
  CHECK(user.dump() == R"({"id":2,"name":"Ada Lovelace","tags":["a",null,true,0.5]})");

  Json from_nothing;
  from_nothing["a"]["b"] = 1;
  CHECK(from_nothing.dump() == R"({"a":{"b":1}})");
}

TEST_CASE("any integer type fits") {
  CHECK(Json(std::size_t{5}) == Json(5));
  CHECK(Json(5ll).integer() == 5);
  CHECK(Json(static_cast<short>(-5)).integer() == -5);
  CHECK(Json(std::numeric_limits<std::uint64_t>::max()).digits() == "18446744073709551615");
}

TEST_CASE("big integers are kept in their shortest form") {
  CHECK(Json::big_integer("123456789012345678901234567890").dump() ==
        "123456789012345678901234567890");
  CHECK(Json::big_integer("-00012") == Json(-12));
  CHECK(Json::big_integer("-0") == Json(0));
  CHECK(Json::big_integer("9223372036854775807").integer() == INT64_MAX);
  CHECK_THROWS_AS(Json::big_integer("1e5"), std::invalid_argument);
  CHECK_THROWS_AS(Json::big_integer("-"), std::invalid_argument);
  CHECK_THROWS_AS(Json::big_integer(""), std::invalid_argument);
}

TEST_CASE("equality knows no order of keys and no difference between 1 and 1.0") {
  CHECK(R"({"a":1,"b":[2]})"_json == R"({"b":[2.0],"a":1.0})"_json);
  CHECK(R"({"a":1})"_json != R"({"a":1,"b":null})"_json);
  CHECK(R"({"a":1})"_json != R"({"b":1})"_json);
  CHECK(R"([1,2])"_json != R"([2,1])"_json);
  CHECK(Json(true) != Json(1));
  CHECK(Json("1") != Json(1));
  CHECK(Json() != Json(0));
}

TEST_CASE("a wrong kind is named with the one that is there") {
  const auto value = R"({"a": "x"})"_json;
  CHECK_THROWS_WITH_AS(value["a"].integer(), "JSON value is a string, not an integer",
                       std::runtime_error);
  CHECK_THROWS_WITH_AS(value[0].str(), "JSON value is an object, not an array", std::runtime_error);
  CHECK_THROWS_WITH_AS(value["b"].str(), "JSON object has no member \"b\"", std::out_of_range);
  CHECK_THROWS_WITH_AS(Json::array({1})[1].str(), "JSON array of 1 items has no item 1",
                       std::out_of_range);
  CHECK_THROWS_WITH_AS(Json(1)["a"], "JSON value is an integer, not an object", std::runtime_error);
}

TEST_CASE("malformed text throws what CPython says") {
  CHECK_THROWS_AS(Json::parse("{"), JsonError);
  try {
    Json::parse("[\"é\",]");
  } catch (const JsonError& error) {
    CHECK(error.message == "Illegal trailing comma before end of array");
    CHECK(error.position == 4);
    CHECK(std::string(error.what()) == "Illegal trailing comma before end of array (char 4)");
  }
}

TEST_CASE("dump writes what Python writes") {
  CHECK(R"([1.0, 1e-7, 1e22, "\u0001\u00e9\ud83d\ude00/", NaN])"_json.dump() ==
        "[1.0,1e-07,1e+22,\"\\u0001é😀/\",NaN]");
  CHECK(R"("\ud800")"_json.dump() == "\"\uFFFD\"");
}

TEST_CASE("pretty indents as json.dumps(indent=2)") {
  CHECK(R"({"a":[1,{"b":2}],"c":{},"d":[],"e":"x"})"_json.pretty() ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": [],\n  "
        "\"e\": \"x\"\n}");
  CHECK(Json(5).pretty() == "5");
  CHECK(R"([0])"_json.pretty(1) == "[\n 0\n]");
}
