// How passwords are kept: by the scheme of the settings, whole, and renewed when they are used.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "app/models/user.hpp"
#include "conftest.hpp"
#include "support/temporary_folder.hpp"

using namespace app;

namespace {

constexpr auto register_url = "/api/v1/auth/register";
constexpr auto login_url = "/api/v1/auth/login";

// What passlib's bcrypt made of "analytical", and of eighty x, which it cut.
constexpr auto analytical = "$2b$04$xGcbaNd.jR9P6kjNW.8uZuic7IrLJACZXcZVNz10V7jdY3eyy3Jq.";
constexpr auto eighty_x = "$2b$04$iQvRfQvTbJGtzb1vVzpDeeM.JSm3cRKwefav/x.8IZv5RRqZZ0q/2";

Settings with_argon2id() {
  Settings settings;
  settings.password_hash = "argon2id";
  return settings;
}

Json user(std::string_view password) {
  return Json::object({{"email", "ada@example.com"}, {"password", password}});
}

std::string stored_hash(App& app) {
  return run([](App& application) -> Task<std::string> {
    auto session = application.provided<Engine>().session();
    const auto ada = co_await session.one(select<User>());
    co_return *ada.hashed_password;
  }(app));
}

void add_ada(App& app, const std::string& hash) {
  change_users(
      app, "INSERT INTO users (email, hashed_password, is_active) VALUES ('ada@example.com', '" +
               hash + "', true)");
}

}  // namespace

TEST_CASE("new hashes are bcrypt's, as the seed's, or Argon2id's, as PASSWORD_HASH says") {
  for (const auto& [settings, start] :
       {std::pair{Settings{}, "$2b$12$"},
        std::pair{with_argon2id(), "$argon2id$v=19$m=19456,t=2,p=1$"}}) {
    auto app = TestApp(settings);
    auto client = TestClient(app);
    CHECK(client.post(register_url, user("analytical")).status == 201);
    CHECK(stored_hash(app).starts_with(start));
    CHECK(client.post(login_url, user("analytical")).status == 200);
    CHECK(client.post(login_url, user("Analytical")).status == 401);
    CHECK(stored_hash(app).starts_with(start));
  }
}

TEST_CASE("Argon2id takes a password of 128 characters whole; bcrypt refuses what it would cut") {
  auto app = TestApp(with_argon2id());
  auto client = TestClient(app);
  std::string long_one;
  for (int i = 0; i < 128; ++i) long_one += "é";
  CHECK(client.post(register_url, user(long_one + "é")).status == 422);
  CHECK(client.post(register_url, user(long_one)).status == 201);
  CHECK(client.post(login_url, user(long_one)).status == 200);
  CHECK(client.post(login_url, user(long_one.substr(0, 254))).status == 401);
  CHECK(client.post(login_url, user(long_one.substr(0, 72))).status == 401);

  auto seed = create_test_app();
  auto response = TestClient(seed).post(register_url, user(std::string(73, 'x')));
  CHECK(response.status == 422);
  CHECK(response.text ==
        R"({"detail":[{"type":"value_error","loc":["body","password"],)"
        R"("msg":"Value error, password should have at most 72 bytes of UTF-8, not 73",)"
        R"("input":"**********","ctx":{"error":{}}}]})");
}

TEST_CASE("a login renews a hash of the other scheme, once, and either way") {
  auto app = TestApp(with_argon2id());
  auto client = TestClient(app);
  add_ada(app, analytical);
  CHECK(client.post(login_url, user("numerical")).status == 401);
  CHECK(stored_hash(app) == analytical);
  CHECK(client.post(login_url, user("analytical")).status == 200);
  const auto renewed = stored_hash(app);
  CHECK(renewed.starts_with("$argon2id$"));
  CHECK(client.post(login_url, user("analytical")).status == 200);
  CHECK(stored_hash(app) == renewed);

  auto back = create_test_app();
  add_ada(back, renewed);
  CHECK(TestClient(back).post(login_url, user("analytical")).status == 200);
  CHECK(stored_hash(back).starts_with("$2b$12$"));
}

TEST_CASE("a password that passlib cut at 72 bytes still logs in, and is whole from then on") {
  auto app = TestApp(with_argon2id());
  auto client = TestClient(app);
  add_ada(app, eighty_x);
  CHECK(client.post(login_url, user(std::string(71, 'x'))).status == 401);
  CHECK(client.post(login_url, user(std::string(80, 'x'))).status == 200);
  CHECK(stored_hash(app).starts_with("$argon2id$"));
  CHECK(client.post(login_url, user(std::string(80, 'x'))).status == 200);
  CHECK(client.post(login_url, user(std::string(72, 'x'))).status == 401);
}

TEST_CASE("a disabled user's login fails and renews nothing") {
  auto app = TestApp(with_argon2id());
  add_ada(app, analytical);
  change_users(app, "UPDATE users SET is_active = false");
  CHECK(TestClient(app).post(login_url, user("analytical")).status == 401);
  CHECK(stored_hash(app) == analytical);
}

TEST_CASE("a stored hash that nobody could have made logs nobody in") {
  auto app = TestApp(with_argon2id());
  auto client = TestClient(app);
  add_ada(app, "!");
  for (auto hash :
       {"!", "", "analytical", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=2097152,t=9,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"}) {
    CAPTURE(hash);
    change_users(app, "UPDATE users SET hashed_password = '" + std::string(hash) + "'");
    CHECK(client.post(login_url, user("analytical")).status == 401);
    CHECK(client.post(login_url, user("")).status == 401);
  }
}

TEST_CASE("a password of PASSWORD_DENY_LIST is refused, and does not show in the answer") {
  const support::TemporaryFolder folder;
  const auto list = folder.path() + "/list.txt";
  std::ofstream(list) << "#!comment: common\nhunter22\n";
  Settings settings;
  settings.password_deny_list = list;
  auto app = TestApp(settings);
  auto client = TestClient(app);
  for (auto password : {"hunter22", "HUNTER22"}) {
    auto response = client.post(register_url, user(password));
    CHECK(response.status == 422);
    CHECK(response.json["detail"][0]["loc"] == R"(["body","password"])"_json);
    CHECK(response.json["detail"][0]["msg"] ==
          "Value error, password is one of those that are tried first; choose another");
    CHECK(response.text.find(password) == std::string::npos);
  }
  CHECK(client.post(register_url, user("hunter222")).status == 201);
  CHECK(TestClient(create_test_app()).post(register_url, user("hunter22")).status == 201);
}

TEST_CASE("a deny list that cannot be read ends the start") {
  Settings settings;
  settings.password_deny_list = "/nowhere/list.txt";
  CHECK_THROWS_WITH_AS(TestApp{settings},
                       "/nowhere/list.txt: no list of passwords can be read there, one a line",
                       std::runtime_error);
}
