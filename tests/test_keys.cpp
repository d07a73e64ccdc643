// Keys of tokens: `app keys`, what others may see of them, and a new one while the service runs.
#include <doctest/doctest.h>
#include <signal.h>

#include <stdexcept>
#include <string>

#include "app/core/security.hpp"
#include "conftest.hpp"
#include "plinth/jwk.hpp"
#include "support/command.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/temporary_folder.hpp"

using namespace app;
using support::Child;
using support::LogFile;
using support::Ran;
using support::run_command;
using support::TemporaryFolder;
using support::TestDatabase;

namespace {

constexpr auto jwks_url = "/.well-known/jwks.json";
constexpr auto login_url = "/api/v1/auth/login";
constexpr auto me_url = "/api/v1/users/me";
const auto ada = R"({"email": "ada@example.com", "password": "analytical"})"_json;

// A folder with a file of keys, and the commands that change it.
struct Keys {
  TemporaryFolder folder;
  std::string file = folder.path() + "/keys.json";

  Ran run(std::vector<std::string> words) const {
    words.insert(words.begin(), {APP_BINARY, "keys"});
    words.insert(words.end(), {"--file", file});
    return run_command(words);
  }
  std::string generate(const std::string& algorithm, const std::string& kid) const {
    const auto ran = run({"generate", "--alg", algorithm, "--kid", kid});
    CHECK(ran.status == 0);
    return ran.out;
  }
};

std::string header_of(const std::string& token) { return token.substr(0, token.find('.')); }

}  // namespace

TEST_CASE("keys are made, listed, used and removed by the command line") {
  const Keys keys;
  CHECK(keys.generate("ES256", "one") == "one\n");
  CHECK(keys.generate("HS512", "two") == "two\n");
  CHECK(keys.run({"list"}).out ==
        "one                      ES256  private  verifies\n"
        "two                      HS512  secret   verifies\n"
        "SECRET_KEY                      secret   signs\n");
  CHECK(keys.run({"use", "one"}).status == 0);
  CHECK(keys.run({"list"}).out ==
        "one                      ES256  private  signs\n"
        "two                      HS512  secret   verifies\n"
        "SECRET_KEY                      secret   verifies\n");
  CHECK(keys.run({"remove", "two"}).status == 0);
  CHECK(keys.run({"use", "--secret-key"}).status == 0);
  CHECK(keys.run({"remove", "one"}).status == 0);
  CHECK(read_key_file(keys.file).keys.empty());

  const auto made = keys.run({"generate", "--alg", "EdDSA"});
  CHECK(made.status == 0);
  CHECK(made.out.size() == 16);  // 2026-11-26-1c9e
}

TEST_CASE("a key comes from PEM, and goes out by its public half alone") {
  const Keys keys;
  const auto pem = keys.folder.path() + "/key.pem";
  REQUIRE(run_command({"openssl", "genpkey", "-algorithm", "ed25519", "-out", pem}).status == 0);
  CHECK(keys.run({"add", pem, "--alg", "EdDSA", "--kid", "mine"}).status == 0);
  CHECK(keys.generate("HS256", "secret") == "secret\n");
  const auto published = Json::parse(keys.run({"jwks"}).out);
  REQUIRE(published["keys"].size() == 1);
  CHECK(published["keys"][0]["kid"] == "mine");
  CHECK_FALSE(published["keys"][0].contains("d"));
}

TEST_CASE("a command that cannot be meant says why and changes nothing") {
  const Keys keys;
  keys.generate("ES256", "one");
  CHECK(keys.run({"use", "one"}).status == 0);
  const auto refused = [&](std::vector<std::string> words, const std::string& reason) {
    const auto ran = keys.run(std::move(words));
    CAPTURE(ran.err);
    CHECK(ran.status == 2);
    CHECK(ran.err.find(reason) != std::string::npos);
  };
  refused({}, "generate --alg ALG");
  refused({"rotate"}, "there is no \"rotate\"");
  refused({"generate"}, "--alg: one of HS256, HS384, HS512, RS256, ES256 and EdDSA, not \"\"");
  refused({"generate", "--alg", "none"}, "not \"none\"");
  refused({"generate", "--alg", "ES256", "--kid", "one"}, "there is already a key \"one\"");
  refused({"generate", "--alg", "ES256", "--kid", "a b"}, "--kid: at most 128 ASCII characters");
  refused({"use", "two"}, "there is no key \"two\"; see: app keys list");
  refused({"use"}, "use takes one KID");
  refused({"remove", "one"}, "the key \"one\" signs; first: app keys use ANOTHER");
  refused({"add", "/nowhere.pem", "--alg", "ES256"}, "/nowhere.pem cannot be read");
  CHECK(read_key_file(keys.file).keys.size() == 1);
}

TEST_CASE("the key set is published, open to all, and empty as long as secrets sign") {
  auto plain = create_test_app();
  auto answer = TestClient(plain).get(jwks_url);
  CHECK(answer.status == 200);
  CHECK(answer.text == R"({"keys":[]})");
  CHECK(answer.headers.get("content-type") == "application/jwk-set+json");
  CHECK(answer.headers.get("cache-control") == "public, max-age=300");

  const Keys keys;
  const auto key = Jwk::generate("ES256", "one");
  write_key_file(keys.file, {.keys = {key, Jwk::generate("HS256", "two")}, .signing = "one"});
  Settings settings;
  settings.jwt_keys_file = keys.file;
  auto app = TestApp(settings);
  answer = TestClient(app).get(jwks_url);
  CHECK(answer.json == Json::object({{"keys", Json::array({key.public_json()})}}));
}

TEST_CASE("a file of keys that cannot be read ends the start") {
  Settings settings;
  settings.jwt_keys_file = "/nowhere/keys.json";
  CHECK_THROWS_WITH_AS(TestApp{settings},
                       "/nowhere/keys.json: cannot be read (No such file or directory); make keys "
                       "with: app keys generate --alg ES256",
                       std::runtime_error);
}

TEST_CASE("a login's token is signed by the key in use; the seed's tokens stay good") {
  const Keys keys;
  write_key_file(keys.file, {.keys = {Jwk::generate("ES256", "one")}, .signing = "one"});
  Settings settings;
  settings.jwt_keys_file = keys.file;
  auto app = TestApp(settings);
  auto client = TestClient(app);
  client.post("/api/v1/auth/register", ada);
  const auto token = client.post(login_url, ada).json["access_token"].str();
  CHECK(client.bearer(token).get(me_url).status == 200);
  const auto seed_ring = KeyRing(settings.secret_key->get_secret_value());
  CHECK_FALSE(decode_jwt(token, seed_ring).has_value());

  const auto claims = Json::object({{"sub", "ada@example.com"}, {"exp", unix_now().count + 60}});
  CHECK(client.bearer(encode_jwt(claims, seed_ring)).get(me_url).status == 200);
  const auto elsewhere = KeyRing("another secret of 32 bytes or more");
  CHECK(client.bearer(encode_jwt(claims, elsewhere)).get(me_url).status == 401);
}

TEST_CASE("issuer and audience of the settings stand in tokens and are asked of them") {
  Settings settings;
  settings.jwt_issuer = "https://id.example.com";
  settings.jwt_audience = "https://api.example.com";
  auto app = TestApp(settings);
  auto client = TestClient(app);
  client.post("/api/v1/auth/register", ada);
  const auto token = client.post(login_url, ada).json["access_token"].str();
  CHECK(client.bearer(token).get(me_url).status == 200);
  const auto& ring = app->provided<KeyRing>();
  const auto claims = decode_jwt(
      token, ring, {.audience = "https://api.example.com", .issuer = "https://id.example.com"});
  REQUIRE(claims.has_value());

  for (auto changed : {"iss", "aud"}) {
    for (const auto& value : {Json("https://evil.example.com"), Json(), Json(5)}) {
      auto others = *claims;
      others[changed] = value;
      CHECK(client.bearer(encode_jwt(others, ring)).get(me_url).status == 401);
    }
  }
  const auto bare = Json::object({{"sub", "ada@example.com"}, {"exp", unix_now().count + 60}});
  CHECK(client.bearer(encode_jwt(bare, ring)).get(me_url).status == 401);
}

TEST_CASE("the leeway of the settings allows for other hosts' clocks, and no more") {
  Settings settings;
  settings.jwt_leeway_seconds = 5;
  auto app = TestApp(settings);
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto client = TestClient(app);
  client.post("/api/v1/auth/register", ada);
  const auto now = unix_now().count;
  const auto answer = [&](std::int64_t exp, std::int64_t iat) {
    const auto claims = Json::object({{"sub", "ada@example.com"}, {"exp", exp}, {"iat", iat}});
    return client.bearer(encode_jwt(claims, app->provided<KeyRing>())).get(me_url).status;
  };
  CHECK(answer(now + 60, now + 5) == 200);
  CHECK(answer(now + 60, now + 6) == 401);
  CHECK(answer(now - 4, now - 60) == 200);
  CHECK(answer(now - 5, now - 60) == 401);
}

TEST_CASE("a running service takes a new key and a new signer, and nobody is logged out") {
  const Keys keys;
  keys.generate("ES256", "one");
  const TestDatabase database(support::Place::disk);
  const support::CommandOptions environment{
      .folder = "/",
      .environment = {"ENV=local", "DATABASE_URL=" + database.url(), "JWT_KEYS_FILE=" + keys.file,
                      "SECRET_KEY=0123456789abcdef0123456789abcdef", "RATE_LIMIT_ENABLED=false"}};
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, environment).status == 0);
  const LogFile log;
  auto logged = environment;
  logged.log = log.path();
  Child server({APP_BINARY, "serve", "--port", "0"}, logged);
  support::HttpClient client(log.port());

  const auto body = ada.dump();
  CHECK(client.request("POST", "/api/v1/auth/register", body).status == 201);
  const auto by_secret =
      Json::parse(client.request("POST", login_url, body).body)["access_token"].str();

  keys.generate("EdDSA", "two");
  REQUIRE(log.wait_for("crypt_key_rotated"));
  CHECK(Json::parse(client.request("GET", jwks_url).body)["keys"].size() == 2);
  CHECK(keys.run({"use", "two"}).status == 0);
  std::string by_key;
  do {
    by_key = Json::parse(client.request("POST", login_url, body).body)["access_token"].str();
  } while (header_of(by_key) == header_of(by_secret));
  for (const auto& token : {by_secret, by_key}) {
    CHECK(client.request("GET", me_url, {}, token).status == 200);
  }
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
}
