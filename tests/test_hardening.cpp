// What stands between browsers, strangers and the routes, as the application puts it together.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conftest.hpp"

using namespace app;

namespace {

std::string header(const TestResponse& response, std::string_view name) {
  return std::string(response.headers.get(name).value_or("(none)"));
}

TestClient asking(App& app, std::string base_url) {
  return TestClient(app, {.raise_server_exceptions = true,
                          .follow_redirects = false,
                          .base_url = std::move(base_url)});
}

// A client of an administrator, whose token has the scopes of one.
TestClient logged_in_admin(App& app) {
  logged_in(app, "root@example.com", "administrator");
  change_users(app, "UPDATE users SET role = 'admin' WHERE email = 'root@example.com'");
  return logged_in(app, "root@example.com", "administrator");
}

}  // namespace

TEST_CASE("every answer tells browsers to be careful, whoever makes it") {
  auto app = create_test_app();
  auto client = asking(app, "http://testserver");
  const std::vector<TestRequest> requests = {
      {.url = "/health"},
      {.url = "/health/"},
      {.url = "/nowhere"},
      {.url = "/api/v1/users/me"},
      {.url = "/openapi.json", .headers = {{"accept-encoding", "gzip"}}},
      {.method = "PUT", .url = "/health"},
      {.method = "POST",
       .url = "/api/v1/auth/login",
       .body = "{",
       .content_type = "application/json"},
      {.method = "OPTIONS",
       .url = "/health",
       .headers = {{"origin", "https://x.test"}, {"access-control-request-method", "GET"}}}};
  for (const auto& request : requests) {
    CAPTURE(request.url);
    const auto answer = client.request(request);
    CHECK(header(answer, "x-content-type-options") == "nosniff");
    CHECK(header(answer, "x-frame-options") == "DENY");
    CHECK(header(answer, "referrer-policy") == "no-referrer");
    CHECK(header(answer, "content-security-policy").starts_with("default-src 'none'; base-uri"));
    CHECK(header(answer, "strict-transport-security") == "(none)");
  }
  const auto docs = client.get("/docs");
  CHECK(
      header(docs, "content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
  CHECK(header(docs, "cross-origin-opener-policy") == "unsafe-none");  // Authorize needs it
  auto secure = asking(app, "https://testserver");
  CHECK(header(secure.get("/health"), "strict-transport-security") == "max-age=31536000");
}

TEST_CASE("other hosts are refused, but where orchestrators ask by address") {
  auto app = TestApp({.allowed_hosts = std::vector<std::string>{"api.example.com"}});
  CHECK(asking(app, "http://api.example.com:8000").get("/openapi.json").status == 200);
  auto stranger = asking(app, "http://evil.example");
  const auto refused = stranger.get("/openapi.json");
  CHECK(refused.status == 400);
  CHECK(refused.text == "Invalid host header");
  CHECK(header(refused, "x-content-type-options") == "nosniff");
  CHECK(stranger.get("/api/v1/users/me").status == 400);
  CHECK(stranger.get("/health").status == 200);
  CHECK(stranger.get("/metrics").status == 200);
}

TEST_CASE("every origin with credentials is for development alone") {
  const auto refusal = [](const char* env, bool debug, std::vector<std::string> origins) {
    return Settings::check({.env = env,
                            .debug = debug,
                            .secret_key = Secret("0123456789abcdef0123456789abcdef"),
                            .cors_origins = std::move(origins)});
  };
  CHECK(refusal("local", true, {"*"}) == "");
  CHECK(refusal("local", false, {"*"}).starts_with("CORS_ORIGINS: \"*\" with credentials"));
  CHECK(refusal("production", true, {"*"}).starts_with("CORS_ORIGINS: \"*\" with credentials"));
  CHECK(refusal("production", false, {"https://app.example.com"}) == "");
}

TEST_CASE("a page of an allowed origin may read what it needs, one of another nothing") {
  auto app = TestApp({.cors_origins = std::vector<std::string>{"https://app.example.com"}});
  TestClient client(app);
  const auto allowed = client.get("/health", {{"origin", "https://app.example.com"}});
  CHECK(header(allowed, "access-control-allow-origin") == "https://app.example.com");
  CHECK(header(allowed, "access-control-expose-headers").find("ETag") != std::string::npos);
  for (const char* origin : {"https://app.example.com.evil", "https://evil.example", "null"}) {
    CAPTURE(origin);
    const auto refused = client.get("/health", {{"origin", origin}});
    CHECK(header(refused, "access-control-allow-origin") == "(none)");
    CHECK(header(refused, "vary") == "Origin");
  }
}

TEST_CASE("the second version tells more of a user, and 304 to whoever knows it") {
  auto app = create_test_app();
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto ada = logged_in(app, "ada@example.com", "analytical");
  const auto me = ada.get("/api/v2/users/me");
  CHECK(me.status == 200);
  CHECK(me.json["email"] == "ada@example.com");
  CHECK(me.json["role"] == "user");
  CHECK(me.json["email_verified"] == false);
  CHECK_FALSE(me.json.contains("is_active"));
  CHECK(header(me, "cache-control") == "private, no-cache");
  CHECK(ada.get("/api/v2/users/me", {{"if-none-match", header(me, "etag")}}).status == 304);
  CHECK(ada.get("/api/v1/users/me").json["is_active"] == true);
  CHECK_FALSE(ada.get("/api/v1/users/me").headers.contains("deprecation"));
  CHECK(TestClient(app).get("/api/v2/users/me").status == 401);
}

TEST_CASE("a user is made once, however often an administrator's request arrives") {
  auto app = create_test_app();
  auto root = logged_in_admin(app);
  const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;
  const auto first = root.post("/api/v1/users", ada, {{"idempotency-key", "\"k1\""}});
  CHECK(first.status == 201);
  const auto again = root.post("/api/v1/users", ada, {{"idempotency-key", "\"k1\""}});
  CHECK(again.status == 201);
  CHECK(again.text == first.text);
  CHECK(header(again, "idempotency-replayed") == "true");
  CHECK(header(again, "etag") == header(first, "etag"));
  // The same administrator with another token; somebody else is not told.
  auto later = logged_in(app, "root@example.com", "administrator");
  CHECK(later.post("/api/v1/users", ada, {{"idempotency-key", "k1"}}).text == first.text);
  auto eve = logged_in(app, "eve@example.com", "analytical");
  CHECK(eve.post("/api/v1/users", ada, {{"idempotency-key", "k1"}}).status == 403);
  // Nor the same one, when they may no longer.
  change_users(app, "UPDATE users SET is_active = false WHERE email = 'root@example.com'");
  CHECK(root.post("/api/v1/users", ada, {{"idempotency-key", "k1"}}).status == 401);
}

TEST_CASE("of two administrators who change a user at once the second loses nothing") {
  auto app = create_test_app();
  auto root = logged_in_admin(app);
  root.post("/api/v1/users", R"({"email": "ada@example.com", "password": "analytical"})"_json);
  const auto tag = header(root.get("/api/v1/users/2"), "etag");
  const auto first =
      root.patch("/api/v1/users/2", R"({"role": "admin"})"_json, {{"if-match", tag}});
  CHECK(first.status == 200);
  const auto second =
      root.patch("/api/v1/users/2", R"({"is_active": false})"_json, {{"if-match", tag}});
  CHECK(second.status == 412);
  const auto now = root.get("/api/v1/users/2");
  CHECK(now.json["is_active"] == true);
  CHECK(header(now, "etag") == header(first, "etag"));
}
