#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

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

// Where `ours` lacks something of `theirs`, or says it otherwise: "paths./health.get". What ours
// has besides (other paths, members that need not be sent) is no difference to a client.
std::string difference(const Json& theirs, const Json& ours, const std::string& at) {
  if (!theirs.is_object() || !ours.is_object()) return theirs == ours ? "" : at;
  for (const auto& [name, value] : theirs.members()) {
    const auto* own = ours.find(name);
    const auto place = at.empty() ? name : at + "." + name;
    auto found = own ? difference(value, *own, place) : place;
    if (!found.empty()) return found;
  }
  return "";
}

std::vector<std::string> names(const Json& object) {
  std::vector<std::string> found;
  for (const auto& [name, value] : object.members()) found.push_back(name);
  return found;
}

}  // namespace

TEST_CASE("the OpenAPI document has all of the seed's, but for the body of /register") {
  auto app = create_test_app();
  const auto document = Json::parse(app->openapi());
  CHECK(difference(expected_document(), document, "") == "");
}

TEST_CASE("what the seed's schemas have besides need not be sent, and is not") {
  auto app = create_test_app();
  const auto schemas = Json::parse(app->openapi())["components"]["schemas"];
  CHECK(names(schemas["Login"]["properties"]) ==
        std::vector<std::string>{"email", "password", "scope"});
  CHECK(schemas["Login"]["required"] == R"(["email", "password"])"_json);
  CHECK(names(schemas["Token"]["properties"]) ==
        std::vector<std::string>{"access_token", "token_type", "expires_in", "refresh_token",
                                 "scope"});
  CHECK(schemas["Token"]["required"] == R"(["access_token"])"_json);
}

TEST_CASE("Authorize shows the scopes, and a guarded operation those that it asks for") {
  auto app = create_test_app();
  const auto document = Json::parse(app->openapi());
  const auto& flow =
      document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
  CHECK(names(flow["scopes"]) ==
        std::vector<std::string>{"users:read", "users:write", "offline_access"});
  CHECK(document["paths"]["/api/v1/users/me"]["get"]["security"] ==
        R"([{"OAuth2PasswordBearer": []}])"_json);
  CHECK_FALSE(document["paths"]["/api/v1/auth/refresh"]["post"].contains("security"));
}
