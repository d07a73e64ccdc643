#include <doctest/doctest.h>

#include "conftest.hpp"

using namespace app;

TEST_CASE("the service is healthy") {
  auto app = create_test_app();
  auto client = TestClient(app);

  auto health = client.get("/health");
  CHECK(health.status == 200);
  CHECK(health.json == R"({"status": "ok"})"_json);
}

TEST_CASE("a registered user can log in and read /me") {
  auto app = create_test_app();
  auto client = TestClient(app);
  auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

  auto created = client.post("/api/v1/auth/register", ada);
  CHECK(created.status == 201);
  CHECK(created.json == R"({"id": 1, "email": "ada@example.com"})"_json);

  auto token = client.post("/api/v1/auth/login", ada).json["access_token"].str();
  auto me = client.bearer(token).get("/api/v1/users/me");
  CHECK(me.status == 200);
  CHECK(me.json["id"] == 1);
  CHECK(me.json["email"] == "ada@example.com");
  CHECK(me.json["is_active"] == true);
  CHECK(me.json["created_at"].str().ends_with("Z"));
  CHECK(me.json.size() == 4);  // never the hash
}

TEST_CASE("/me answers 401 to whoever has no good token, and says how to get one") {
  auto app = create_test_app();
  auto client = TestClient(app);

  auto none = client.get("/api/v1/users/me");
  CHECK(none.status == 401);
  CHECK(none.text == R"({"detail":"Not authenticated"})");
  CHECK(none.headers.get("www-authenticate") == "Bearer");

  auto junk = client.bearer("junk").get("/api/v1/users/me");
  CHECK(junk.status == 401);
  CHECK(junk.text == R"({"detail":"Invalid token"})");
  CHECK(junk.headers.get("www-authenticate") == R"(Bearer error="invalid_token")");
}

TEST_CASE("a token outlives neither its minutes nor its user's account") {
  auto app = create_test_app();
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto ada = logged_in(app, "ada@example.com", "analytical");
  CHECK(ada.get("/api/v1/users/me").status == 200);

  SUBCASE("expired") {
    clock.advance_seconds(60 * 60);
    CHECK(ada.get("/api/v1/users/me").text == R"({"detail":"Invalid token"})");
  }
  SUBCASE("deactivated") {
    change_users(app, "UPDATE users SET is_active = false");
    CHECK(ada.get("/api/v1/users/me").text == R"({"detail":"Inactive user"})");
  }
  SUBCASE("deleted") {
    change_users(app, "DELETE FROM users");
    CHECK(ada.get("/api/v1/users/me").text == R"({"detail":"User not found"})");
  }
}
