#include <doctest/doctest.h>

#include <string>

#include "plinth/schema.hpp"
#include "sink.hpp"

using namespace plinth;

namespace {
std::string message_of(std::string_view text) {
  try {
    model_validate_json<sink::Item>(text);
  } catch (const ValidationError& error) {
    return error.what();
  }
  return "none";
}
}  // namespace

TEST_CASE("a schema is read from JSON text and written again") {
  auto out = model_validate_json<sink::Out>(R"({"a":"5","b":"x"})");
  CHECK(out.a == 5);
  CHECK(out.b == "x");
  CHECK(out.c == 1.5);
  CHECK(model_dump_json(out) == R"({"a":5,"b":"x","c":1.5})");
  CHECK(model_dump_json(std::vector<int>{1, 2}) == "[1,2]");
}

TEST_CASE("what is wrong is told a line each, and as a list") {
  CHECK(message_of(R"({"name":"n","addrs":[{}]})") ==
        "price: Field required\naddrs.0.street: Field required");
  try {
    model_validate_json<sink::Out>("{}");
    FAIL("no ValidationError");
  } catch (const ValidationError& error) {
    CHECK(error.errors.dump() ==
          R"([{"type":"missing","loc":["a"],"msg":"Field required","input":{}}])");
  }
}

TEST_CASE("text that is no JSON is refused as such") {
  CHECK_THROWS_AS(model_validate_json<sink::Out>("{"), JsonError);
}
