// What one API process has been told, the other knows.
#include <doctest/doctest.h>

#include <string>

#include "fleet/service.hpp"
#include "plinth/json.hpp"

using fleet::Service;
using plinth::Json;
using support::HttpClient;

namespace {

std::string credentials(const std::string& email, const std::string& password) {
  return Json::object({{"email", email}, {"password", password}}).dump();
}

int log_in(HttpClient& client, const std::string& email, const std::string& password) {
  return client.request("POST", "/api/v1/auth/login", credentials(email, password)).status;
}

}  // namespace

TEST_CASE("what one API process has been told, the other knows") {
  if (!Service::can_run()) {
    MESSAGE("skipped: haproxy is not installed; run scripts/bootstrap --test");
    return;
  }
  Service service;
  auto one = service.client_of(0);
  auto two = service.client_of(1);
  const auto ada = credentials("ada@example.com", "analytical");
  REQUIRE(one.request("POST", "/api/v1/auth/register", ada).status == 201);

  // A token of one is good at the other, until either is told that it is not.
  const auto login = Json::parse(two.request("POST", "/api/v1/auth/login", ada).body);
  const auto token = login["access_token"].str();
  CHECK(one.request("GET", "/api/v1/users/me", {}, token).status == 200);
  CHECK(one.request("POST", "/api/v1/auth/logout", {}, token).status == 204);
  CHECK(two.request("GET", "/api/v1/users/me", {}, token).status == 401);

  // A refresh token that was used at one is used.
  const auto again = Json::parse(
      one.request(
             "POST", "/api/v1/auth/login",
             R"({"email": "ada@example.com", "password": "analytical", "scope": "offline_access"})")
          .body);
  const auto refresh = Json::object({{"refresh_token", again["refresh_token"].str()}}).dump();
  CHECK(one.request("POST", "/api/v1/auth/refresh", refresh).status == 200);
  CHECK(two.request("POST", "/api/v1/auth/refresh", refresh).status == 401);

  // A request with a key is done once, whichever is asked.
  service.make_admin("admin@example.com", "correct horse");
  const auto admin = Json::parse(one.request("POST", "/api/v1/auth/login",
                                             credentials("admin@example.com", "correct horse"))
                                     .body)["access_token"]
                         .str();
  const auto bob = credentials("bob@example.com", "a password of eight");
  const auto made =
      one.request("POST", "/api/v1/users", bob, admin, "idempotency-key: \"bob\"\r\n");
  const auto replayed =
      two.request("POST", "/api/v1/users", bob, admin, "idempotency-key: \"bob\"\r\n");
  CHECK(made.status == 201);
  CHECK(replayed.status == 201);
  CHECK(replayed.body == made.body);
  CHECK(replayed.head.find("idempotency-replayed: true") != std::string::npos);

  // Wrong passwords are counted together: ten in a quarter of an hour.
  for (int times = 0; times < 5; ++times) {
    CHECK(log_in(one, "bob@example.com", "wrong password") == 401);
    CHECK(log_in(two, "bob@example.com", "wrong password") == 401);
  }
  CHECK(log_in(one, "bob@example.com", "a password of eight") == 429);
  CHECK(log_in(two, "bob@example.com", "a password of eight") == 429);

  // Who is disabled at one is nobody at the other.
  const auto eve = credentials("eve@example.com", "a password of eight");
  const auto id = Json::parse(two.request("POST", "/api/v1/auth/register", eve).body)["id"].dump();
  const auto eves =
      Json::parse(two.request("POST", "/api/v1/auth/login", eve).body)["access_token"].str();
  CHECK(one.request("PATCH", "/api/v1/users/" + id, R"({"is_active": false})", admin).status ==
        200);
  CHECK(two.request("GET", "/api/v1/users/me", {}, eves).status == 401);
}
