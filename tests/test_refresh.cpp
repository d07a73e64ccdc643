// Refresh tokens: rotation, reuse, log-out. RFC 6749 5 and 6, RFC 7009, RFC 9700 4.14.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/models/refresh_token.hpp"
#include "app/models/revoked_token.hpp"
#include "app/services/tokens.hpp"
#include "app/services/users.hpp"
#include "conftest.hpp"
#include "plinth/secrets.hpp"

using namespace app;

namespace {

constexpr auto login_url = "/api/v1/auth/login";
constexpr auto rotate_url = "/api/v1/auth/refresh";
constexpr auto me_url = "/api/v1/users/me";
const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

Json with_scope(std::string_view scope) {
  auto login = ada;
  login["scope"] = scope;
  return login;
}

// What a login with offline_access gives.
struct Tokens {
  std::string access;
  std::string refresh;
};
Tokens tokens_of(const TestResponse& response) {
  REQUIRE(response.status == 200);
  return {.access = response.json["access_token"].str(),
          .refresh = response.json["refresh_token"].str()};
}
Tokens log_in(TestClient& client) {
  return tokens_of(client.post(login_url, with_scope("offline_access")));
}
TestResponse use(TestClient& client, std::string_view refresh_token) {
  return client.post(rotate_url, Json::object({{"refresh_token", refresh_token}}));
}
int me(TestClient& client, const Tokens& tokens) {
  return client.bearer(tokens.access).get(me_url).status;
}

// An application whose one user is Ada.
struct World {
  explicit World(Settings settings = {}) : app(std::move(settings)), client(app) {
    REQUIRE(client.post("/api/v1/auth/register", ada).status == 201);
  }
  TestApp app;
  TestClient client;
};

template <class T>
T ask(App& app, Task<T> (*question)(Session&)) {
  return run([](Engine& engine, Task<T> (*ask_it)(Session&)) -> Task<T> {
    auto session = engine.session();
    co_return co_await ask_it(session);
  }(app.provided<Engine>(), question));
}
Task<std::int64_t> count_refresh_tokens(Session& session) {
  co_return co_await session.one(select<RefreshToken>(count()));
}
Task<std::int64_t> count_revocations(Session& session) {
  co_return co_await session.one(select<RevokedToken>(count()));
}
// Those that still make tokens.
Task<std::int64_t> count_live_tokens(Session& session) {
  co_return co_await session.one(select<RefreshToken>(count()).where(
      col<&RefreshToken::used_at>.is_null() && col<&RefreshToken::revoked_at>.is_null()));
}

// Does it in several threads at once, each with an event loop and a session of its own.
void at_once(App& app, int threads, Task<void> (*work)(App& app, Session& session, int number)) {
  std::atomic<int> waiting{threads};
  std::vector<std::thread> all;
  for (int number = 0; number < threads; ++number) {
    all.emplace_back([&, number] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      auto session = app.provided<Engine>().session();
      run(work(app, session, number));
    });
  }
  for (auto& thread : all) thread.join();
}

}  // namespace

TEST_CASE("a login that asks for no scope is answered as the seed answers") {
  World world;
  const auto answer = world.client.post(login_url, ada);
  CHECK(answer.text.starts_with(R"({"access_token":")"));
  CHECK(answer.text.ends_with(R"(","token_type":"bearer"})"));
  CHECK(answer.json.size() == 2);
  CHECK(answer.headers.get("cache-control") == "no-store");
  CHECK(ask(world.app, &count_refresh_tokens) == 0);
}

TEST_CASE("offline_access gives a refresh token, of which only the digest is kept") {
  World world;
  const auto answer = world.client.post(login_url, with_scope("offline_access"));
  const auto tokens = tokens_of(answer);
  CHECK(answer.json["expires_in"] == 3600);
  CHECK(answer.json["scope"] == "offline_access");
  CHECK(tokens.refresh.size() == 43);  // 256 bits

  auto kept = ask(
      world.app, +[](Session& session) -> Task<RefreshToken> {
        co_return co_await session.one(select<RefreshToken>());
      });
  CHECK(*kept.token_hash == sha256_hex(tokens.refresh));
}

TEST_CASE("the OAuth2 form takes a scope too") {
  World world;
  const auto answer = world.client.post_form(login_url, {{"grant_type", "password"},
                                                         {"username", "ada@example.com"},
                                                         {"password", "analytical"},
                                                         {"scope", "offline_access users:read"}});
  CHECK(answer.json["scope"] == "offline_access");  // a user may not read users
  CHECK(answer.json["refresh_token"].str().size() == 43);
}

TEST_CASE("a refresh token makes an access token and the next refresh token") {
  World world;
  const auto first = log_in(world.client);

  const auto answer = use(world.client, first.refresh);
  const auto second = tokens_of(answer);
  CHECK(answer.headers.get("cache-control") == "no-store");
  CHECK(answer.json["token_type"] == "bearer");
  CHECK(answer.json["expires_in"] == 3600);
  CHECK(answer.json["scope"] == "offline_access");
  CHECK(second.refresh != first.refresh);
  CHECK(second.access != first.access);
  CHECK(me(world.client, first) == 200);
  CHECK(me(world.client, second) == 200);

  const auto form = world.client.post_form(
      rotate_url, {{"grant_type", "refresh_token"}, {"refresh_token", second.refresh}});
  CHECK(me(world.client, tokens_of(form)) == 200);
}

TEST_CASE("a refresh token that comes again ends all that came of its login") {
  World world;
  const auto other = log_in(world.client);
  const auto first = log_in(world.client);
  const auto second = tokens_of(use(world.client, first.refresh));

  const auto again = use(world.client, first.refresh);
  CHECK(again.status == 401);
  CHECK(again.text == R"({"detail":"Invalid refresh token"})");

  CHECK(use(world.client, second.refresh).status == 401);
  CHECK(me(world.client, first) == 401);
  CHECK(me(world.client, second) == 401);
  CHECK(me(world.client, other) == 200);  // another login is another family
  CHECK(use(world.client, other.refresh).status == 200);
}

TEST_CASE(
    "with a grace whoever lost the answer is given the same token again, while it is unused") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world({.refresh_token_grace_seconds = 30});
  const auto first = log_in(world.client);
  const auto second = tokens_of(use(world.client, first.refresh));
  clock.advance_seconds(29);
  CHECK(tokens_of(use(world.client, first.refresh)).refresh == second.refresh);
  CHECK(ask(world.app, &count_refresh_tokens) == 2);

  SUBCASE("past the grace it is reuse") {
    clock.advance_seconds(1);
    CHECK(use(world.client, first.refresh).status == 401);
    CHECK(use(world.client, second.refresh).status == 401);
    CHECK(me(world.client, second) == 401);
  }
  SUBCASE("once the next one was used it is reuse: the answer had arrived") {
    const auto third = tokens_of(use(world.client, second.refresh));
    CHECK(use(world.client, first.refresh).status == 401);
    CHECK(use(world.client, third.refresh).status == 401);
  }
}

TEST_CASE("a refresh token is good for its days, and what comes of it for its own") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world({.refresh_token_expire_days = 2});
  const auto unused = log_in(world.client);
  const auto first = log_in(world.client);
  constexpr std::int64_t day = 24 * 3600;
  clock.advance_seconds(2 * day - 1);
  const auto second = tokens_of(use(world.client, first.refresh));
  clock.advance_seconds(1);
  CHECK(use(world.client, unused.refresh).status == 401);
  CHECK(use(world.client, second.refresh).status == 200);
}

TEST_CASE("what is no refresh token makes nothing") {
  World world;
  const auto tokens = log_in(world.client);
  CHECK(use(world.client, tokens.access).status == 401);
  CHECK(use(world.client, "").status == 401);
  CHECK(use(world.client, tokens.refresh + "=").status == 401);
  CHECK(use(world.client, sha256_hex(tokens.refresh)).status == 401);  // what the database has
  const auto too_long = use(world.client, std::string(513, 'x'));
  CHECK(too_long.status == 422);
  CHECK(too_long.text.find("xxx") == std::string::npos);
  CHECK(world.client
            .post_form(rotate_url, {{"grant_type", "password"}, {"refresh_token", tokens.refresh}})
            .status == 422);
  CHECK(use(world.client, tokens.refresh).status == 200);  // nothing of it used it up
}

TEST_CASE("a disabled user's refresh token waits for better times") {
  World world;
  const auto tokens = log_in(world.client);
  change_users(world.app, "UPDATE users SET is_active = false");
  CHECK(use(world.client, tokens.refresh).status == 401);
  change_users(world.app, "UPDATE users SET is_active = true");
  CHECK(use(world.client, tokens.refresh).status == 200);
}

TEST_CASE(
    "a refresh token gives what was granted at login, or less, as far as the role still has it") {
  World world;
  change_users(world.app, "UPDATE users SET role = 'admin'");
  const auto answer =
      world.client.post(login_url, with_scope("users:read users:write offline_access unknown"));
  CHECK(answer.json["scope"] == "users:read users:write offline_access");
  auto refresh = [&](const TestResponse& last, std::string_view scope) {
    const Json& token = last.json["refresh_token"];
    return world.client.post(rotate_url,
                             Json::object({{"refresh_token", token}, {"scope", scope}}));
  };

  const auto less = refresh(answer, "users:read");
  CHECK(less.json["scope"] == "users:read");
  const auto all = refresh(less, "");  // the refresh token itself has lost nothing
  CHECK(all.json["scope"] == "users:read users:write offline_access");
  change_users(world.app, "UPDATE users SET role = 'user'");
  CHECK(refresh(all, "").json["scope"] == "offline_access");
}

TEST_CASE("a login for offline_access alone has all rights of the role") {
  World world;
  change_users(world.app, "UPDATE users SET role = 'admin'");
  CHECK(world.client.post(login_url, with_scope("offline_access")).json["scope"] ==
        "offline_access users:read users:write");
}

TEST_CASE("logout ends the token and its family, and no other login") {
  World world;
  const auto other = log_in(world.client);
  const auto first = log_in(world.client);
  const auto second = tokens_of(use(world.client, first.refresh));

  const auto answer = world.client.bearer(second.access).post("/api/v1/auth/logout", Json());
  CHECK(answer.status == 204);
  CHECK(answer.text.empty());
  CHECK(me(world.client, second) == 401);
  CHECK(me(world.client, first) == 401);
  CHECK(use(world.client, second.refresh).status == 401);
  CHECK(world.client.bearer(second.access).post("/api/v1/auth/logout", Json()).status == 401);
  CHECK(me(world.client, other) == 200);
  CHECK(use(world.client, other.refresh).status == 200);
}

TEST_CASE("logout-all ends every login, and the next one is good in the same moment") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world;
  auto last = log_in(world.client);
  for (int round = 0; round < 3; ++round) {
    const auto plain = world.client.post(login_url, ada).json["access_token"].str();
    const auto again = log_in(world.client);
    CHECK(world.client.bearer(plain).post("/api/v1/auth/logout-all", Json()).status == 204);
    CHECK(world.client.bearer(plain).get(me_url).status == 401);
    CHECK(me(world.client, last) == 401);
    CHECK(me(world.client, again) == 401);
    CHECK(use(world.client, again.refresh).status == 401);
    last = log_in(world.client);
    CHECK(me(world.client, last) == 200);
  }
}

TEST_CASE("who has a token may revoke it; what it was is not told") {
  World world;
  const auto tokens = log_in(world.client);
  const auto other = log_in(world.client);
  auto revoke = [&](std::string_view token) {
    const auto answer =
        world.client.post_form("/api/v1/auth/revoke", {{"token", std::string(token)}});
    CHECK(answer.status == 200);
    CHECK(answer.text == "null");
  };
  revoke("junk");
  CHECK(me(world.client, tokens) == 200);

  revoke(tokens.access);
  CHECK(me(world.client, tokens) == 401);
  const auto next = tokens_of(use(world.client, tokens.refresh));  // the session goes on
  revoke(next.refresh);
  CHECK(me(world.client, next) == 401);
  CHECK(use(world.client, next.refresh).status == 401);
  CHECK(me(world.client, other) == 200);
}

TEST_CASE("of many who use a refresh token at once exactly one is given the next") {
  World world;
  static std::string token;
  static std::atomic<int> given;
  for (int round = 0; round < 8; ++round) {
    token = log_in(world.client).refresh;
    given = 0;
    at_once(
        world.app, 6, +[](App& app, Session& session, int) -> Task<void> {
          auto made = co_await app::refresh_tokens(session, app.provided<Settings>(),
                                                   app.provided<KeyRing>(), token, "");
          if (made) ++given;
        });
    CHECK(given == 1);
    CHECK(ask(world.app, &count_live_tokens) == 0);  // the others ended the family
  }
}

TEST_CASE("with a grace all of them are given the same next token, made once") {
  World world({.refresh_token_grace_seconds = 30});
  static std::string token;
  static std::array<std::string, 6> next;
  token = log_in(world.client).refresh;
  at_once(
      world.app, 6, +[](App& app, Session& session, int number) -> Task<void> {
        auto made = co_await app::refresh_tokens(session, app.provided<Settings>(),
                                                 app.provided<KeyRing>(), token, "");
        if (made) next[static_cast<std::size_t>(number)] = *made->refresh_token;
      });
  CHECK_FALSE(next[0].empty());
  for (const auto& other : next) CHECK(other == next[0]);
  CHECK(ask(world.app, &count_live_tokens) == 1);
}

TEST_CASE("a login that a change of the password overtook opens nothing") {
  World world;
  const auto token = run([](App& app) -> Task<Token> {
    auto session = app.provided<Engine>().session();
    auto user = co_await session.one(select<User>());  // whose old password was right
    co_await end_sessions(session, *user.id);
    co_await session.commit();
    auto made = co_await issue_tokens(session, app.provided<Settings>(), app.provided<KeyRing>(),
                                      user, "offline_access");
    co_await session.commit();
    co_return made;
  }(world.app));
  CHECK_FALSE(token.refresh_token.has_value());
  CHECK(world.client.bearer(token.access_token).get(me_url).status == 401);
  CHECK(ask(world.app, &count_refresh_tokens) == 0);
}

TEST_CASE("no refresh token outlives a logout-all that comes at the same moment") {
  World world;
  static std::string token;
  for (int round = 0; round < 12; ++round) {
    token = log_in(world.client).refresh;
    at_once(
        world.app, 2, +[](App& app, Session& session, int number) -> Task<void> {
          if (number == 0) {
            co_await app::refresh_tokens(session, app.provided<Settings>(), app.provided<KeyRing>(),
                                         token, "");
          } else {
            co_await end_sessions(session, 1);
            co_await session.commit();
          }
        });
    CHECK(ask(world.app, &count_live_tokens) == 0);
  }
}

// The application's own task may purge at any of these moments too.
TEST_CASE("what has expired is purged, and nothing else") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world({.refresh_token_expire_days = 1});
  auto left = [&] {
    run([](Engine& engine) -> Task<void> {
      auto session = engine.session();
      co_await purge_expired_tokens(session);
      co_await session.commit();
    }(world.app->provided<Engine>()));
    return std::pair(ask(world.app, &count_refresh_tokens), ask(world.app, &count_revocations));
  };
  const auto first = log_in(world.client);
  CHECK(world.client.bearer(first.access).post("/api/v1/auth/logout", Json()).status == 204);
  clock.advance_seconds(3599);
  CHECK(left() == std::pair<std::int64_t, std::int64_t>(1, 2));  // the token, and its login
  CHECK(me(world.client, first) == 401);

  clock.advance_seconds(1);  // the access token has expired: its revocations may go
  const auto second = log_in(world.client);
  CHECK(left() == std::pair<std::int64_t, std::int64_t>(2, 0));
  clock.advance_seconds(23 * 3600);
  CHECK(left() == std::pair<std::int64_t, std::int64_t>(1, 0));
  CHECK(use(world.client, second.refresh).status == 200);
}

TEST_CASE("a revocation is kept as long as the token is believed, leeway included") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world({.jwt_leeway_seconds = 30});
  const auto tokens = log_in(world.client);
  const auto plain = world.client.post(login_url, ada).json["access_token"].str();
  CHECK(world.client.bearer(tokens.access).post("/api/v1/auth/logout", Json()).status == 204);
  clock.advance_seconds(3629);
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    co_await purge_expired_tokens(session);
    co_await session.commit();
  }(world.app->provided<Engine>()));
  CHECK(world.client.bearer(plain).get(me_url).status == 200);
  CHECK(me(world.client, tokens) == 401);
}
