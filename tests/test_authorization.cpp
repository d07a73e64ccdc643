// The authorisation table: who is answered what, by every route. A route without a row fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "app/core/deps.hpp"
#include "app/models/user.hpp"
#include "app/services/tokens.hpp"
#include "conftest.hpp"
#include "support/command.hpp"

using namespace app;

namespace {

struct Row {
  std::string_view method;
  std::string_view path;    // of the route; one that ends in '*' is all that begin so
  std::string_view policy;  // as `app routes` shows it
  // Statuses. `other` is a user whom the path does not name; `narrow` an admin whose token was
  // granted none of the role's scopes.
  int anonymous, user, other, disabled, narrow, admin;
  std::string_view url = path;
  std::string_view body = "{}";
};

// 422: the answer of a handler that was reached, to a body without its members.
constexpr Row rows[] = {
    {"GET", "/health", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/ready", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/metrics", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/.well-known/jwks.json", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/openapi.json", "open", 200, 200, 200, 200, 200, 200},
    {"HEAD", "/openapi.json", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/docs", "open", 200, 200, 200, 200, 200, 200},
    {"HEAD", "/docs", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/docs/oauth2-redirect", "open", 200, 200, 200, 200, 200, 200},
    {"HEAD", "/docs/oauth2-redirect", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/docs/assets/*", "open", 200, 200, 200, 200, 200, 200},
    {"HEAD", "/docs/assets/*", "open", 200, 200, 200, 200, 200, 200},
    {"GET", "/redoc", "open", 200, 200, 200, 200, 200, 200},
    {"HEAD", "/redoc", "open", 200, 200, 200, 200, 200, 200},
    {"POST", "/api/v1/auth/login", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/register", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/refresh", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/revoke", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/logout", "guarded", 401, 204, 204, 401, 204, 204},
    {"POST", "/api/v1/auth/logout-all", "guarded", 401, 204, 204, 401, 204, 204},
    {"GET", "/api/v1/users/me", "guarded", 401, 200, 200, 401, 200, 200},
    {"GET", "/api/v2/users/me", "guarded", 401, 200, 200, 401, 200, 200},
    {"PATCH", "/api/v1/users/me/password", "guarded", 401, 422, 422, 401, 422, 422},
    {"POST", "/api/v1/users/me/email", "guarded", 401, 422, 422, 401, 422, 422},
    {"POST", "/api/v1/auth/change-email/confirm", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/verify-email/request", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/verify-email/confirm", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/password-reset/request", "open", 422, 422, 422, 422, 422, 422},
    {"POST", "/api/v1/auth/password-reset/confirm", "open", 422, 422, 422, 422, 422, 422},
    {"GET", "/api/v1/users", "users:read", 401, 403, 403, 401, 403, 200},
    {"POST", "/api/v1/users", "users:write", 401, 403, 403, 401, 403, 422},
    {"GET", "/api/v1/users/{user_id:int}", "users:read", 401, 403, 403, 401, 403, 200,
     "/api/v1/users/1"},
    {"PATCH", "/api/v1/users/{user_id:int}", "users:write", 401, 403, 403, 401, 403, 200,
     "/api/v1/users/1"},
    {"DELETE", "/api/v1/users/{user_id:int}", "users:write", 401, 403, 403, 401, 403, 204,
     "/api/v1/users/1"},
    {"GET", "/api/v2/users/me", "guarded", 401, 200, 200, 401, 200, 200},
};

bool is_for(const Row& row, std::string_view method, std::string_view path) {
  if (row.method != method) return false;
  return row.path.ends_with('*') ? path.starts_with(row.path.substr(0, row.path.size() - 1))
                                 : row.path == path;
}

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::string_view askers[] = {"user", "other", "disabled", "narrow", "admin"};

// The application with one account of each kind: user 1 is "user", whom paths name; the others
// follow in the order of `askers`.
class World {
 public:
  World() : client_(app_) {
    for (auto name : askers) {
      const bool is_admin = name == "admin" || name == "narrow";
      change_users(app_, "INSERT INTO users (email, hashed_password, is_active, role) VALUES ('" +
                             std::string(name) + "@example.com', '!', true, '" +
                             (is_admin ? "admin" : "user") + "')");
    }
    change_users(app_, "UPDATE users SET is_active = false WHERE email LIKE 'disabled@%'");
  }

  App& app() { return app_; }

  int ask(std::string_view asker, std::string_view method, std::string_view url,
          std::string_view body) {
    TestRequest request{.method = std::string(method), .url = std::string(url)};
    if (method != "GET" && method != "HEAD") {
      request.body = body;
      request.content_type = "application/json";
    }
    if (asker != "anonymous") {
      const auto scope = asker == "narrow" ? "nothing" : "";
      request.headers.emplace_back("authorization", "Bearer " + token_of(asker, scope));
    }
    return client_.request(request).status;
  }

  // Made for each question: some questions end the tokens of the asker.
  std::string token_of(std::string_view asker, std::string_view scope) {
    return run([](App& app, std::string email, std::string scope) -> Task<std::string> {
      auto session = app.provided<Engine>().session();
      auto user = co_await session.one(select<User>().where(col<&User::email> == email));
      auto token = co_await issue_tokens(session, app.provided<Settings>(), app.provided<KeyRing>(),
                                         user, scope);
      co_return token.access_token;
    }(app_, std::string(asker) + "@example.com", std::string(scope)));
  }

 private:
  TestApp app_;
  TestClient client_;
};

std::string read_probe(Security<get_current_user, "users:read"> user) { return *user->email; }
std::string write_probe(Security<get_current_user, "users:read", "users:write"> user) {
  return *user->email;
}

std::string url_of(const Row& row, std::string_view path) {
  return std::string(row.url.ends_with('*') ? path : row.url);
}

}  // namespace

TEST_CASE("every route has a row in the authorisation table, and every row a route") {
  auto app = create_test_app();
  std::set<const Row*> used;
  for (const auto& route : app->routes()) {
    for (const auto& method : route.methods) {
      CAPTURE(method);
      CAPTURE(route.path);
      const auto* row = std::ranges::find_if(
          rows, [&](const Row& each) { return is_for(each, method, route.path); });
      CHECK(row != std::end(rows));
      used.insert(row);
    }
  }
  const bool has_assets = std::ranges::any_of(
      app->routes(), [](const auto& route) { return route.path.starts_with("/docs/assets/"); });
  for (const Row& row : rows) {
    CAPTURE(row.path);
    if (has_assets || !row.path.ends_with('*')) CHECK(used.contains(&row));
  }
}

TEST_CASE("everybody is answered what the authorisation table says") {
  for (const Row& row : rows) {
    World world;
    const auto& routes = world.app().routes();
    const auto route = std::ranges::find_if(routes, [&](const auto& each) {
      return std::ranges::any_of(
          each.methods, [&](const auto& method) { return is_for(row, method, each.path); });
    });
    if (route == routes.end()) continue;  // the documentation's files were not built in
    CAPTURE(row.method);
    CAPTURE(row.path);
    const auto url = url_of(row, route->path);
    CHECK(world.ask("anonymous", row.method, url, row.body) == row.anonymous);
    CHECK(world.ask("other", row.method, url, row.body) == row.other);
    CHECK(world.ask("disabled", row.method, url, row.body) == row.disabled);
    CHECK(world.ask("narrow", row.method, url, row.body) == row.narrow);
    CHECK(world.ask("user", row.method, url, row.body) == row.user);
    CHECK(world.ask("admin", row.method, url, row.body) == row.admin);
  }
}

TEST_CASE("a method without a route is refused to everybody, whatever their rights") {
  World world;
  for (const Row& row : rows) {
    if (row.path.ends_with('*')) continue;
    for (auto method : methods) {
      const bool is_route = std::ranges::any_of(
          rows, [&](const Row& each) { return each.method == method && each.url == row.url; });
      if (is_route) continue;
      CAPTURE(method);
      CAPTURE(row.path);
      CHECK(world.ask("anonymous", method, row.url, row.body) == 405);
      CHECK(world.ask("admin", method, row.url, row.body) == 405);
    }
  }
}

TEST_CASE("app routes shows the policies of the authorisation table") {
  const auto shown = support::run_command(
      {APP_BINARY, "routes"}, {.folder = "/", .environment = {"DATABASE_URL=sqlite://"}});
  CHECK(shown.status == 0);
  for (const Row& row : rows) {
    if (row.path.ends_with('*')) continue;
    CAPTURE(row.path);
    CAPTURE(row.method);
    bool found = false;
    for (std::size_t begin = 0; begin < shown.out.size();) {
      const auto end = shown.out.find('\n', begin);
      const auto line = shown.out.substr(begin, end - begin);
      begin = end + 1;
      found = found || (line.substr(0, line.find(' ')).find(row.method) != std::string::npos &&
                        line.find(" " + std::string(row.path) + " ") != std::string::npos &&
                        line.ends_with("  " + std::string(row.policy)));
    }
    CHECK(found);
  }
}

TEST_CASE("a scope is asked of the token, and of the role as it is now") {
  World world;
  world.app().get<read_probe>("/read").get<write_probe>("/write");
  CHECK(world.ask("anonymous", "GET", "/read", "") == 401);
  CHECK(world.ask("disabled", "GET", "/read", "") == 401);
  CHECK(world.ask("user", "GET", "/read", "") == 403);
  CHECK(world.ask("narrow", "GET", "/read", "") == 403);
  CHECK(world.ask("admin", "GET", "/read", "") == 200);
  CHECK(world.ask("admin", "GET", "/write", "") == 200);

  auto client = TestClient(world.app());
  auto reader = client.bearer(world.token_of("admin", "users:read"));
  auto seed = client.bearer(
      encode_jwt(Json::object({{"sub", "admin@example.com"}, {"exp", unix_now().count + 60}}),
                 world.app().provided<KeyRing>()));
  CHECK(reader.get("/read").status == 200);
  const auto refused = reader.get("/write");
  CHECK(refused.status == 403);
  CHECK(refused.text == R"({"detail":"Not enough permissions"})");
  CHECK(refused.headers.get("www-authenticate") ==
        R"(Bearer error="insufficient_scope", scope="users:read users:write")");
  CHECK(seed.get("/write").status == 200);  // it names no scope: all that the role has

  change_users(world.app(), "UPDATE users SET role = 'user' WHERE email LIKE 'admin@%'");
  CHECK(reader.get("/read").status == 403);
  CHECK(seed.get("/write").status == 403);
}
