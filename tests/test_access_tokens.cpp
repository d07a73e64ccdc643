// Access tokens at the door: whose they are, what they may, and when they are no good any more.
// RFC 6750, RFC 8725; the seed's tokens, which say `sub` and `exp` alone, stay good.
#include <doctest/doctest.h>

#include <string>

#include "app/core/security.hpp"
#include "app/models/user.hpp"
#include "app/services/tokens.hpp"
#include "conftest.hpp"

using namespace app;

namespace {

constexpr auto login_url = "/api/v1/auth/login";
constexpr auto me_url = "/api/v1/users/me";
constexpr auto invalid = R"({"detail":"Invalid token"})";
constexpr auto not_authenticated = R"({"detail":"Not authenticated"})";
const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

// A running application with one user, Ada, whose password nobody needs.
struct World {
  World() : client(app) { add_ada(); }

  void add_ada() {
    change_users(app,
                 "INSERT INTO users (email, hashed_password, is_active, created_at) "
                 "VALUES ('ada@example.com', '!', true, '2026-01-01 00:00:00+00:00')");
  }
  /// Signed by SECRET_KEY, as whoever knows it would.
  std::string sign(const Json& claims) { return encode_jwt(claims, app->provided<KeyRing>()); }
  /// As the seed's application makes one.
  std::string seed_token(std::int64_t minutes = 60) {
    return sign(
        Json::object({{"sub", "ada@example.com"}, {"exp", unix_now().count + minutes * 60}}));
  }
  /// As a login gives one.
  std::string token(std::string scope = {}) {
    return run([](App& app, std::string scope) -> Task<std::string> {
      auto session = app.provided<Engine>().session();
      auto user = co_await session.one(select<User>());
      auto made = co_await issue_tokens(session, app.provided<Settings>(), app.provided<KeyRing>(),
                                        user, scope);
      co_await session.commit();
      co_return made.access_token;
    }(app, std::move(scope)));
  }
  void end_all() {
    run([](App& app) -> Task<void> {
      auto session = app.provided<Engine>().session();
      co_await end_sessions(session, 1);
      co_await session.commit();
    }(app));
  }
  TestResponse me(const std::string& token) { return client.bearer(token).get(me_url); }
  std::string me_with(TestClient::HeaderList headers) {
    const auto answer = client.get(me_url, std::move(headers));
    CHECK(answer.status == 401);
    return answer.text;
  }

  TestApp app;
  TestClient client;
};

// The token with other claims under its old signature.
std::string tampered(const std::string& token, const std::string& other) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  const auto from = other.find('.');
  return token.substr(0, first) + other.substr(from, other.rfind('.') - from) + token.substr(last);
}

}  // namespace

TEST_CASE("a token of the seed's is good, and has the rights of its user's role") {
  World world;
  CHECK(world.me(world.seed_token()).status == 200);
  CHECK(world.me(world.seed_token(1)).status == 200);  // whatever its maker's minutes were
}

TEST_CASE("a token that was changed, or signed by another, is none") {
  World world;
  const auto good = world.token();
  auto claims = *decode_jwt(good, world.app->provided<KeyRing>());
  claims["scope"] = "users:read users:write";
  CHECK(world.me(tampered(good, world.sign(claims))).text == invalid);
  claims["sub"] = "eve@example.com";
  CHECK(world.me(tampered(good, world.sign(claims))).text == invalid);
  CHECK(world.me(encode_jwt(claims, KeyRing("another secret of at least 32 bytes"))).text ==
        invalid);
  CHECK(world.me(tampered(good, good)).status == 200);  // that is how it is put together
}

TEST_CASE("claims of a wrong kind make no token") {
  World world;
  for (const auto& [name, value] :
       {std::pair{"scope", Json::array({"users:read"})}, std::pair{"scope", Json(7)},
        std::pair{"sid", Json(7)}, std::pair{"jti", Json(7)}, std::pair{"epoch", Json("0")},
        std::pair{"epoch", Json(0.5)}, std::pair{"sub", Json("")}, std::pair{"sub", Json(7)},
        std::pair{"exp", Json("4000000000")}, std::pair{"exp", Json()},
        std::pair{"iat", Json(unix_now().count + 3600)}}) {
    CAPTURE(name);
    auto claims =
        Json::object({{"sub", "ada@example.com"}, {"exp", unix_now().count + 60}, {name, value}});
    CHECK(world.me(world.sign(claims)).text == invalid);
  }
}

TEST_CASE("what was wrong with a token is said as RFC 6750 has it") {
  World world;
  auto challenge = [](const TestResponse& answer) {
    CHECK(answer.status == 401);
    return std::string(answer.headers.get("www-authenticate").value_or("none"));
  };
  CHECK(challenge(world.client.get(me_url)) == "Bearer");
  CHECK(challenge(world.me("junk")) == R"(Bearer error="invalid_token")");
  const auto good = world.token();
  change_users(world.app, "UPDATE users SET is_active = false");
  CHECK(challenge(world.me(good)) == R"(Bearer error="invalid_token")");
  change_users(world.app, "DELETE FROM users");
  CHECK(challenge(world.me(good)) == R"(Bearer error="invalid_token")");
}

TEST_CASE("a token is taken from one Authorization field, and from nowhere else") {
  World world;
  const auto token = world.token();
  const auto field = [](std::string value) { return Headers::Field("authorization", value); };
  CHECK(world.me_with({field("Bearer " + token), field("Bearer " + token)}) == not_authenticated);
  CHECK(world.me_with({field("Basic " + token)}) == not_authenticated);
  CHECK(world.me_with({field("Token " + token)}) == not_authenticated);
  CHECK(world.me_with({field("Bearer\t" + token)}) == not_authenticated);
  CHECK(world.me_with({field(token)}) == not_authenticated);
  CHECK(world.me_with({field("Bearer")}) == invalid);
  CHECK(world.me_with({{"cookie", "access_token=" + token}}) == not_authenticated);
  CHECK(world.client.get(std::string(me_url) + "?access_token=" + token).text == not_authenticated);
  for (auto scheme : {"Bearer ", "bearer ", "BEARER ", "Bearer  "}) {
    CHECK(world.client.get(me_url, {field(scheme + token)}).status == 200);
  }
}

TEST_CASE("a refresh token is no access token") {
  auto app = create_test_app();
  auto client = TestClient(app);
  client.post("/api/v1/auth/register", ada);
  auto login = ada;
  login["scope"] = "offline_access";
  const auto refresh = client.post(login_url, login).json["refresh_token"].str();
  CHECK(client.bearer(refresh).get(me_url).text == invalid);
}

TEST_CASE("what a token may is asked of the role that its user has now") {
  World world;
  change_users(world.app, "UPDATE users SET role = 'admin'");
  const auto before = world.token("users:read users:write");
  const auto claims =
      read_access_token(before, world.app->provided<Settings>(), world.app->provided<KeyRing>());
  CHECK(claims->scope == "users:read users:write");
  change_users(world.app, "UPDATE users SET role = 'user'");
  CHECK(world.me(before).status == 200);  // the rest of it stays good; see test_authorization.cpp
}

TEST_CASE("a disabled user is refused at once, and taken again when enabled") {
  World world;
  const auto token = world.token();
  const auto seed = world.seed_token();
  change_users(world.app, "UPDATE users SET is_active = false");
  CHECK(world.me(token).text == R"({"detail":"Inactive user"})");
  CHECK(world.me(seed).text == R"({"detail":"Inactive user"})");
  change_users(world.app, "UPDATE users SET is_active = true");
  CHECK(world.me(token).status == 200);
}

TEST_CASE(
    "when all tokens of a user are taken back, the seed's are judged by when they were made") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  World world;
  const auto seed = world.seed_token();
  const auto issued = world.sign(Json::object(
      {{"sub", "ada@example.com"}, {"iat", unix_now().count}, {"exp", unix_now().count + 7200}}));
  const auto own = world.token();
  clock.advance_microseconds(1);
  world.end_all();
  CHECK(world.me(seed).text == invalid);
  CHECK(world.me(issued).text == invalid);
  CHECK(world.me(own).text == invalid);
  CHECK(world.me(world.token()).status == 200);
  clock.advance_seconds(1);
  CHECK(world.me(world.seed_token()).status == 200);
}

TEST_CASE("the next account of an address is not opened by a token of the last one") {
  World world;
  const auto token = world.token();
  change_users(world.app, "DELETE FROM users");
  CHECK(world.me(token).text == R"({"detail":"User not found"})");
  change_users(world.app,
               "INSERT INTO users (email, hashed_password, is_active, created_at) "
               "VALUES ('ada@example.com', '!', true, '2030-01-01 00:00:00+00:00')");
  CHECK(world.me(token).text == invalid);
}

TEST_CASE("a token of the seed's, which has no jti, can be logged out alone") {
  World world;
  const auto first = world.seed_token(60);
  const auto second = world.seed_token(59);
  CHECK(world.client.bearer(first).post("/api/v1/auth/logout", Json()).status == 204);
  CHECK(world.me(first).text == invalid);
  CHECK(world.me(second).status == 200);
}

TEST_CASE("a jti that is too long for the list of revoked tokens is one all the same") {
  World world;
  auto claims = Json::object(
      {{"sub", "ada@example.com"}, {"exp", unix_now().count + 60}, {"jti", std::string(300, 'j')}});
  const auto token = world.sign(claims);
  CHECK(world.client.bearer(token).post("/api/v1/auth/logout", Json()).status == 204);
  CHECK(world.me(token).text == invalid);
  claims["jti"] = std::string(301, 'j');
  CHECK(world.me(world.sign(claims)).status == 200);
}
