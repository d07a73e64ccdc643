#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "conftest.hpp"

using namespace app;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The seed's document, with the body that /register takes here: UserCreate instead of Register.
Json expected_document() {
  Json document = Json::parse(read_file(PLINTH_TEST_DATA "/seed_openapi.json"));
  auto& schemas = document["components"]["schemas"];
  Json kept = Json(Json::Object{});
  for (const auto& [name, schema] : schemas.members()) {
    if (name != "Register") kept[name] = schema;
  }
  kept["UserCreate"] = R"({
      "properties": {
        "email": {"type": "string", "format": "email", "title": "Email"},
        "password": {"type": "string", "maxLength": 128, "minLength": 8, "title": "Password"}},
      "type": "object", "required": ["email", "password"], "title": "UserCreate"})"_json;
  schemas = kept;
  auto& body = document["paths"]["/api/v1/auth/register"]["post"]["requestBody"];
  body["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/UserCreate";
  return document;
}

}  // namespace

TEST_CASE("the OpenAPI document is the seed's, but for the body of /register") {
  auto app = create_test_app();
  CHECK(Json::parse(app->openapi()) == expected_document());
}
