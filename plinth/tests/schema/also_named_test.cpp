#include <doctest/doctest.h>

#include "schema/harness.hpp"

using namespace plinth;

namespace {

struct Login {
  static constexpr ModelConfig model_config{.forbid_extra = true};
  Field<std::string, also_named("username")> email;
};

}  // namespace

TEST_CASE("a member is taken under its other name when its own is absent") {
  CHECK(schema::body_of<Login>(R"({"username":"ada"})") == R"({"email":"ada"})");
  CHECK(schema::body_of<Login>(R"({"username":"bob","email":"ada"})") == R"({"email":"ada"})");
}

TEST_CASE("an absent member is missing under its own name") {
  CHECK(
      schema::body_of<Login>("{}") ==
      R"({"detail":[{"type":"missing","loc":["body","email"],"msg":"Field required","input":{}}]})");
}
