// The limits of what can be guessed or is dear, and that nobody can use them against somebody else.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "conftest.hpp"
#include "replicas.hpp"
#include "support/http_client.hpp"
#include "support/redis.hpp"

using namespace app;

namespace {

constexpr std::string_view right = "analytical";

// Clients say where they are in X-Forwarded-For, as a proxy would.
Settings behind_a_proxy() {
  Settings settings;
  settings.forwarded_allow_ips = "10.0.0.0/8, testclient";
  return settings;
}

TestResponse login(TestClient& client, std::string_view from, std::string_view email,
                   std::string_view password) {
  return client.post("/api/v1/auth/login", Json::object({{"email", email}, {"password", password}}),
                     {{"x-forwarded-for", std::string(from)}});
}

TestResponse register_user(TestClient& client, std::string_view from, std::string_view email) {
  return client.post("/api/v1/auth/register", Json::object({{"email", email}, {"password", right}}),
                     {{"x-forwarded-for", std::string(from)}});
}

// The values of all fields of that name, as one list.
std::string field(const TestResponse& response, std::string_view name) {
  std::string list;
  for (const auto& [own, value] : response.headers) {
    if (own == name) list += (list.empty() ? "" : ", ") + value;
  }
  return list.empty() ? "(none)" : list;
}

}  // namespace

TEST_CASE("who guesses at an account is stopped there, and only there") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_failures = "3/15 minutes";
  TestApp app(settings);
  TestClient client(app);
  register_user(client, "192.0.2.1", "ada@example.com");
  register_user(client, "192.0.2.1", "bob@example.com");
  for (int i = 0; i < 3; ++i) {
    CHECK(login(client, "198.51.100.9", "ada@example.com", "wrong").status == 401);
  }
  const auto refused = login(client, "198.51.100.9", "ada@example.com", right);
  CHECK(refused.status == 429);
  CHECK(refused.text == R"({"detail":"Too Many Requests"})");
  CHECK(field(refused, "retry-after") == "300");
  CHECK(field(refused, "ratelimit").find(R"("login-failures";r=0;t=300)") != std::string::npos);

  CHECK(login(client, "198.51.100.9", "bob@example.com", right).status == 200);
  CHECK(login(client, "192.0.2.1", "ada@example.com", right).status == 200);
  clock.advance_seconds(300);
  CHECK(login(client, "198.51.100.9", "ada@example.com", right).status == 200);
}

TEST_CASE("all ways to write an address are one account") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_failures = "3/15 minutes";
  TestApp app(settings);
  TestClient client(app);
  int answered = 0;
  for (const auto* email :
       {"ada.l\xc3\xa9@example.com", "ADA.L\xc3\x89@example.com", "Ada.Le\xcc\x81@EXAMPLE.com",
        " ada.l\xc3\xa9@example.com", "aDA.l\xc3\xa9@example.com "}) {
    answered += login(client, "198.51.100.9", email, "wrong").status == 401;
  }
  CHECK(answered == 3);
}

TEST_CASE("the right password forgets the failures") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_failures = "3/15 minutes";
  TestApp app(settings);
  TestClient client(app);
  register_user(client, "192.0.2.1", "ada@example.com");
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 2; ++i) {
      CHECK(login(client, "192.0.2.1", "ada@example.com", "wrong").status == 401);
    }
    CHECK(login(client, "192.0.2.1", "ada@example.com", right).status == 200);
  }
}

TEST_CASE("an attack from many networks is stopped, and does not lock the owner out") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_account = "5/hour";
  TestApp app(settings);
  TestClient client(app);
  for (const auto* email : {"ada@example.com", "nobody@example.com"}) {
    CAPTURE(email);
    const bool exists = std::string_view(email) == "ada@example.com";
    if (exists) {
      register_user(client, "192.0.2.1", email);
      CHECK(login(client, "192.0.2.1", email, right).status == 200);
      CHECK(login(client, "2001:db8:1:2::1", email, right).status == 200);
    }
    // Nothing tells whether there is such an account.
    int tried = 0;
    for (int i = 0; i < 40; ++i) {
      tried += login(client, "198.51.100." + std::to_string(i), email, "wrong").status == 401;
    }
    CHECK(tried == 5);
    CHECK(login(client, "203.0.113.5", email, right).status == 429);
    if (exists) {
      CHECK(login(client, "192.0.2.1", email, right).status == 200);
      CHECK(login(client, "2001:db8:1:2:ffff::9", email, right).status == 200);
      CHECK(login(client, "2001:db8:1:3::1", email, right).status == 429);
      // Nor do the owner's log-ins buy the attacker guesses.
      for (int i = 0; i < 5; ++i) CHECK(login(client, "192.0.2.1", email, right).status == 200);
      CHECK(login(client, "198.51.100.77", email, "wrong").status == 429);
    }
  }
  clock.advance_seconds(720);
  CHECK(login(client, "203.0.113.5", "ada@example.com", right).status == 200);
}

TEST_CASE("a network from which the owner has logged in may guess no more than any other") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_account = "1/hour";
  settings.rate_limit_login_failures = "3/15 minutes";
  TestApp app(settings);
  TestClient client(app);
  register_user(client, "192.0.2.1", "ada@example.com");
  CHECK(login(client, "192.0.2.1", "ada@example.com", right).status == 200);
  int tried = 0;
  for (int i = 0; i < 20; ++i) {
    tried += login(client, "192.0.2.1", "ada@example.com", "wrong").status == 401;
  }
  CHECK(tried == 3);
}

TEST_CASE("networks of log-ins are kept once, for 90 days, and with the account alone") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_login_account = "1/hour";
  TestApp app(settings);
  TestClient client(app);
  register_user(client, "192.0.2.1", "ada@example.com");
  const auto attacked = [&] {
    for (int i = 0; i < 3; ++i) {
      login(client, "198.51.100." + std::to_string(i), "ada@example.com", "wrong");
    }
    return login(client, "192.0.2.1", "ada@example.com", right).status;
  };
  CHECK(login(client, "192.0.2.1", "ada@example.com", right).status == 200);
  CHECK(attacked() == 200);
  clock.advance_seconds(std::int64_t{89} * 86'400);
  CHECK(attacked() == 200);  // and counts from here
  clock.advance_seconds(std::int64_t{89} * 86'400);
  CHECK(attacked() == 200);
  clock.advance_seconds(std::int64_t{91} * 86'400);
  CHECK(attacked() == 429);
}

TEST_CASE("register and refresh are limited by network") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_register = "2/hour";
  settings.rate_limit_refresh = "2/minute";
  settings.rate_limit_login = "2/minute";
  TestApp app(settings);
  TestClient client(app);
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    const auto from = "2001:db8::" + std::to_string(i + 1);
    const bool early = i < 2;
    CHECK(register_user(client, from, "user" + std::to_string(i) + "@example.com").status ==
          (early ? 201 : 429));
    CHECK(client
              .post("/api/v1/auth/refresh", R"({"refresh_token": "none"})"_json,
                    {{"x-forwarded-for", from}})
              .status == (early ? 401 : 429));
    CHECK(client.post("/api/v1/auth/login", R"({})"_json, {{"x-forwarded-for", from}}).status ==
          (early ? 422 : 429));
  }
  CHECK(register_user(client, "2001:db8:0:1::1", "far@example.com").status == 201);
}

TEST_CASE("what is asked of an account without logging in is limited too") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_mail = "2/hour";
  settings.rate_limit_reset = "4/hour";
  settings.rate_limit_login_failures = "2/hour";
  TestApp app(settings);
  auto client = logged_in(app, "ada@example.com", right);
  const auto ask_reset = [&](std::string_view from, std::string_view email) {
    return client
        .post("/api/v1/auth/password-reset/request", Json::object({{"email", email}}),
              {{"x-forwarded-for", std::string(from)}})
        .status;
  };
  // By address, whoever asks and however it is written, with an account or not.
  for (const auto* email : {"ada@example.com", "nobody@example.com"}) {
    CHECK(ask_reset("192.0.2.1", email) == 202);
    CHECK(ask_reset("192.0.2.2", email) == 202);
    CHECK(ask_reset("192.0.2.3", "ADA@example.com") == 429);
  }
  // By network: the tokens of mails, too.
  for (int i = 0; i < 5; ++i) {
    CHECK(client
              .post("/api/v1/auth/password-reset/confirm",
                    R"({"token": "guessed", "new_password": "analytical engine"})"_json,
                    {{"x-forwarded-for", "198.51.100.1"}})
              .status == (i < 4 ? 400 : 429));
  }
  // A stolen token does not let its thief guess at the password.
  for (int i = 0; i < 4; ++i) {
    CHECK(client
              .patch("/api/v1/users/me/password",
                     R"({"current_password": "wrong", "new_password": "analytical engine"})"_json,
                     {{"x-forwarded-for", "198.51.100.2"}})
              .status == (i < 2 ? 400 : 429));
  }
}

TEST_CASE("a spoofed address has no effect where no proxy is trusted") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  Settings settings;  // trusts 127.0.0.1; the test's client is somebody else
  settings.rate_limit_login = "2/minute";
  TestApp app(settings);
  TestClient client(app);
  int answered = 0;
  for (int i = 0; i < 10; ++i) {
    const auto forged = "192.0.2." + std::to_string(i);
    answered += login(client, forged, "ada@example.com", "wrong").status == 401;
  }
  CHECK(answered == 2);
}

TEST_CASE("limits can be switched off, one or all") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_register = "1/hour";
  settings.rate_limit_refresh = "off";
  SUBCASE("one") {
    TestApp app(settings);
    TestClient client(app);
    for (int i = 0; i < 400; ++i) {
      CHECK(client.post("/api/v1/auth/refresh", R"({"refresh_token": "none"})"_json).status == 401);
    }
    CHECK(field(client.post("/api/v1/auth/refresh", R"({})"_json), "ratelimit") == "(none)");
  }
  SUBCASE("all") {
    settings.rate_limit_enabled = false;
    settings.rate_limit_default = "1/hour";
    TestApp app(settings);
    TestClient client(app);
    CHECK(register_user(client, "192.0.2.1", "ada@example.com").status == 201);
    CHECK(register_user(client, "192.0.2.1", "bob@example.com").status == 201);
  }
}

TEST_CASE("a limit of everything lets probes through") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto settings = behind_a_proxy();
  settings.rate_limit_default = "2/minute";
  TestApp app(settings);
  TestClient client(app);
  CHECK(client.get("/api/v1/users/me").status == 401);
  CHECK(client.get("/docs").status == 200);
  const auto refused = client.get("/docs", {{"origin", "https://app.example.com"}});
  CHECK(refused.status == 429);
  CHECK(field(refused, "access-control-allow-origin") != "(none)");
  CHECK(client.get("/health").status == 200);
}

TEST_CASE("a limit that is none is refused with the setting's name") {
  CHECK(rate_or_off("off").empty());
  CHECK(rate_or_off("10/minute").empty());
  CHECK(rate_or_off("ten a minute") == "write it as 10/minute, 100/15 minutes or off");
  const support::TestDatabase database;
  const auto refused = support::run_command(
      {APP_BINARY, "routes"},
      {.folder = "/",
       .environment = {"DATABASE_URL=" + database.url(), "RATE_LIMIT_LOGIN=ten a minute"}});
  CHECK(refused.status != 0);
  CHECK(refused.err.find("RATE_LIMIT_LOGIN") != std::string::npos);
  CHECK(refused.err.find("write it as 10/minute") != std::string::npos);
}

TEST_CASE("two processes on one Redis let 200 at once through exactly so often") {
  const support::RedisServer redis;
  const Replicas replicas({"REDIS_URL=" + redis.url(), "RATE_LIMIT_REFRESH=20/hour",
                           "RATE_LIMIT_TIMEOUT_MS=10000", "RATE_LIMIT_ON_ERROR=deny"});
  const auto statuses = at_once(20, [&](std::size_t thread) {
    support::HttpClient client(replicas.port(thread));
    std::vector<int> seen;
    for (int i = 0; i < 10; ++i) {
      seen.push_back(
          client.request("POST", "/api/v1/auth/refresh", R"({"refresh_token": "none"})").status);
    }
    return seen;
  });
  CHECK(std::ranges::count(statuses, 401) == 20);
  CHECK(std::ranges::count(statuses, 429) == 180);
}
