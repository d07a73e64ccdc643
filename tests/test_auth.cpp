#include <doctest/doctest.h>

#include "conftest.hpp"

using namespace app;

namespace {

constexpr auto register_url = "/api/v1/auth/register";
constexpr auto login_url = "/api/v1/auth/login";
const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

}  // namespace

TEST_CASE("an e-mail address is registered once, whatever its letter case") {
  auto app = create_test_app();
  auto client = TestClient(app);
  CHECK(client.post(register_url, ada).status == 201);

  for (auto email : {"ada@example.com", "ADA@Example.COM", "Ada@example.com"}) {
    auto again =
        client.post(register_url, Json::object({{"email", email}, {"password", "other password"}}));
    CHECK(again.status == 400);
    CHECK(again.text == R"({"detail":"Email already registered"})");
  }
}

TEST_CASE("a password is refused with the rule it breaks") {
  auto app = create_test_app();
  auto client = TestClient(app);
  auto refusal = [&](std::string password) {
    auto response = client.post(
        register_url, Json::object({{"email", "ada@example.com"}, {"password", password}}));
    CHECK(response.status == 422);
    return response.json["detail"][0]["type"].str();
  };

  CHECK(refusal("") == "string_too_short");
  CHECK(refusal("1234567") == "string_too_short");
  CHECK(refusal(std::string(129, 'x')) == "string_too_long");
  CHECK(refusal(std::string(73, 'x')) == "value_error");  // bcrypt would cut it
  CHECK(refusal(std::string("abc\0defgh", 9)) == "value_error");
  CHECK(client
            .post(register_url,
                  Json::object({{"email", "ada@example.com"}, {"password", std::string(72, 'x')}}))
            .status == 201);
}

TEST_CASE("a refused password is not echoed") {
  auto app = create_test_app();
  auto response = TestClient(app).post(register_url, R"({"password": "hunter22"})"_json);
  CHECK(response.status == 422);
  CHECK(response.text.find("hunter22") == std::string::npos);
}

TEST_CASE("wrong credentials are one answer, known address or not") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);

  for (auto email : {"ada@example.com", "bob@example.com"}) {
    auto response =
        client.post(login_url, Json::object({{"email", email}, {"password", "not it"}}));
    CHECK(response.status == 401);
    CHECK(response.text == R"({"detail":"Invalid credentials"})");
    CHECK(response.headers.get("www-authenticate") == "Bearer");
  }
}

TEST_CASE("the OAuth2 password form logs in too, so that Authorize in the docs works") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);

  auto response = client.post_form(
      login_url,
      {{"grant_type", "password"}, {"username", "ada@example.com"}, {"password", "analytical"}});
  CHECK(response.status == 200);
  CHECK(response.json["token_type"] == "bearer");
  CHECK(client.bearer(response.json["access_token"].str()).get("/api/v1/users/me").status == 200);
}

TEST_CASE("a token begins as the seed's: HS256, sub and exp in that order") {
  auto app = create_test_app();
  auto client = TestClient(app);
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  client.post(register_url, ada);

  auto token = client.post(login_url, ada).json["access_token"].str();
  CHECK(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
  const auto claims = *decode_jwt(token, app->provided<KeyRing>());
  CHECK(claims.members()[0] == Json::Member("sub", "ada@example.com"));
  CHECK(claims.members()[1] == Json::Member("exp", 1'767'326'645));
  CHECK(claims["iat"] == 1'767'323'045);
  CHECK(claims["jti"].str().size() == 36);
  CHECK(claims["scope"] == "");  // a user has no right beyond their own account
  CHECK_FALSE(claims.contains("sid"));
}

TEST_CASE("an inactive user cannot log in") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post(register_url, ada);
  change_users(app, "UPDATE users SET is_active = false");

  auto response = client.post(login_url, ada);
  CHECK(response.status == 401);
  CHECK(response.text == R"({"detail":"Invalid credentials"})");
}
