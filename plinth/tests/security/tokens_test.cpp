#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "plinth/security.hpp"
#include "security/mint.hpp"

using namespace plinth;

namespace {

const auto ada = Json::object({{"sub", "ada@example.com"}, {"exp", 1795359533}});
constexpr JwtOptions then{.now = Seconds{1795359532}};

// Made with Python's hmac, hashlib, base64 and json modules.
constexpr auto hs256 =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20iLCJleHAiOjE3OTUzNTk1MzN9."
    "QgF8gYD_NZMbyiZmfwa4HfFNyqNoldzCstM93wWgTE0";
constexpr auto hs384 =
    "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20iLCJleHAiOjE3OTUzNTk1MzN9."
    "0CyYw_UaucaArLDBsGnsftpl3wL_4VZkdnCi2RHcsLfKWG3w_nPpEAKQ3g_grR-1";
constexpr auto hs512 =
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20iLCJleHAiOjE3OTUzNTk1MzN9."
    "h0JASEnF1RUkkedHwv9FnMqDLcl_2Lslmj0k9ZEfBB0RU7-Ukcau_UYlDj0cTTxOJK6m6CH-9BUCmhv57FcUXw";
constexpr auto with_kid =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYiLCJ0eXAiOiJKV1QifQ."
    "eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20iLCJleHAiOjE3OTUzNTk1MzN9."
    "9Mr46IO_JIT4cWLHMZBXvI6SOZftf0-GOOmaQPX7S4c";

}  // namespace

TEST_CASE("a token is the very text that python-jose makes") {
  CHECK(encode_jwt(ada, KeyRing(mint::secret)) == hs256);
  CHECK(encode_jwt(ada, KeyRing(mint::secret, "HS384")) == hs384);
  CHECK(encode_jwt(ada, KeyRing(mint::secret, "HS512")) == hs512);
  CHECK(encode_jwt(ada, KeyRing({.secret = mint::secret, .kid = "2026"})) == with_kid);
  CHECK(encode_jwt(Json::object({{"sub", "zoë😀@example.com"}, {"exp", 1795359533}}),
                   KeyRing(mint::secret)) ==
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiJ6b1x1MDBlYlx1ZDgzZFx1ZGUwMEBleGFtcGxlLmNvbSIsImV4cCI6MTc5NTM1OTUzM30."
        "xVzL-0os8vKGSRvNnSJ7rpcGPKUNS-A049evyqagZWQ");
}

TEST_CASE("RFC 7515's example token verifies with its key") {
  // Appendix A.1: its header and payload hold line breaks, its key is 64 bytes.
  std::string key;
  plinth::security::decode_base64url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
      key);
  auto claims = decode_jwt(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      KeyRing(key), {.now = Seconds{1300819379}});
  REQUIRE(claims.has_value());
  CHECK(*claims == R"({"iss": "joe", "exp": 1300819380, "http://example.com/is_root": true})"_json);
}

TEST_CASE("claims and subject come back from a valid token") {
  auto keys = KeyRing(mint::secret);
  CHECK(decode_jwt(hs256, keys, then) == ada);
  CHECK(subject_of(hs256, keys, then) == "ada@example.com");
  CHECK(subject_of(hs512, KeyRing(mint::secret, "HS512"), then) == "ada@example.com");
}

TEST_CASE("a token expires with its exp, not after it") {
  auto keys = KeyRing(mint::secret);
  CHECK(subject_of(hs256, keys, {.now = Seconds{1795359532}}).has_value());
  CHECK_FALSE(subject_of(hs256, keys, {.now = Seconds{1795359533}}).has_value());
  CHECK(subject_of(hs256, keys, {.now = Seconds{1795359533}, .leeway = {1}}).has_value());
  CHECK_FALSE(subject_of(hs256, keys, {.now = Seconds{1795359534}, .leeway = {1}}).has_value());
}

TEST_CASE("the clock is read when no time is given") {
  auto keys = KeyRing(mint::secret);
  auto claims = [](std::int64_t exp) {
    return Json::object({{"sub", "ada@example.com"}, {"exp", exp}});
  };
  CHECK(subject_of(encode_jwt(claims(unix_now().count + 60), keys), keys).has_value());
  CHECK_FALSE(subject_of(encode_jwt(claims(unix_now().count - 1), keys), keys).has_value());
}

TEST_CASE("a refusal says why") {
  auto why = [](std::string_view token, const KeyRing& keys, JwtOptions options = then) {
    JwtError error{};
    REQUIRE_FALSE(decode_jwt(token, keys, options, &error).has_value());
    return to_string(error);
  };
  auto keys = KeyRing(mint::secret);
  CHECK(why("a.b", keys) == "malformed");
  CHECK(why(hs512, keys) == "algorithm");
  CHECK(why(hs256, KeyRing("another secret")) == "signature");
  CHECK(why(mint::token(R"({"sub":"ada"})"), keys) == "claims");
  CHECK(why(hs256, keys, {.now = Seconds{1795359533}}) == "expired");
  CHECK(why(mint::token(R"({"exp":1795359533,"nbf":1795359533})"), keys) == "immature");
  CHECK(why(mint::token(R"({"exp":1795359533,"aud":"shop"})"), keys) == "audience");
}

TEST_CASE("an audience that is asked for must be there, another must not") {
  auto keys = KeyRing(mint::secret);
  auto accepted = [&](std::string_view claim, std::string_view audience) {
    auto options = then;
    options.audience = audience;
    auto payload = R"({"sub":"ada","exp":1795359533)" + std::string(claim) + "}";
    return decode_jwt(mint::token(payload), keys, options).has_value();
  };
  CHECK(accepted("", ""));
  CHECK_FALSE(accepted(R"(,"aud":"shop")", ""));
  CHECK_FALSE(accepted(R"(,"aud":[])", ""));
  CHECK_FALSE(accepted("", "shop"));
  CHECK(accepted(R"(,"aud":"shop")", "shop"));
  CHECK(accepted(R"(,"aud":["bank","shop"])", "shop"));
  CHECK_FALSE(accepted(R"(,"aud":["bank"])", "shop"));
  CHECK_FALSE(accepted(R"(,"aud":"shopping")", "shop"));
  CHECK_FALSE(accepted(R"(,"aud":5)", "shop"));
}

TEST_CASE("an issuer that is asked for must be there") {
  auto keys = KeyRing(mint::secret);
  auto accepted = [&](std::string_view claim) {
    auto options = then;
    options.issuer = "https://id.example.com";
    auto payload = R"({"exp":1795359533)" + std::string(claim) + "}";
    return decode_jwt(mint::token(payload), keys, options).has_value();
  };
  CHECK(accepted(R"(,"iss":"https://id.example.com")"));
  CHECK_FALSE(accepted(R"(,"iss":"https://evil.example.com")"));
  CHECK_FALSE(accepted(""));
}

TEST_CASE("a retired key still verifies and no longer signs") {
  auto now_key = SigningKey{.secret = "the secret of this year, 32 bytes", .kid = "2027"};
  auto old_key = SigningKey{.secret = mint::secret, .kid = "2026"};
  auto keys = KeyRing(now_key, {old_key});
  CHECK(subject_of(with_kid, keys, then) == "ada@example.com");
  CHECK(encode_jwt(ada, keys) == encode_jwt(ada, KeyRing(now_key)));
  CHECK_FALSE(subject_of(with_kid, KeyRing(now_key), then).has_value());
}

TEST_CASE("a kid is bound to its key") {
  auto keys = KeyRing({.secret = "the secret of this year, 32 bytes", .kid = "2027"},
                      {{.secret = mint::secret, .kid = "2026"}});
  auto header = [](std::string_view kid) {
    return R"({"alg":"HS256","typ":"JWT","kid":")" + std::string(kid) + R"("})";
  };
  constexpr auto payload = R"({"sub":"ada@example.com","exp":1795359533})";
  CHECK(subject_of(mint::token(payload, header("2026")), keys, then).has_value());
  for (auto kid : {"2027", "2025", "", "../../dev/null", "' OR 1=1 --", "\\u0000"}) {
    CAPTURE(kid);
    CHECK_FALSE(subject_of(mint::token(payload, header(kid)), keys, then).has_value());
  }
  CHECK_FALSE(subject_of(mint::token(payload), keys, then).has_value());
}

TEST_CASE("a secret without a name stays good for tokens without a kid while named keys come in") {
  auto keys = KeyRing({.secret = "the secret of this year, 32 bytes", .kid = "2027"},
                      {{.secret = mint::secret}});
  CHECK(subject_of(hs256, keys, then) == "ada@example.com");
  CHECK(subject_of(encode_jwt(ada, keys), keys, then) == "ada@example.com");
}

TEST_CASE("a ring without names tries each of its keys") {
  auto keys = KeyRing({.secret = "the secret of this year, 32 bytes"}, {{.secret = mint::secret}});
  CHECK(subject_of(hs256, keys, then) == "ada@example.com");
  CHECK(subject_of(encode_jwt(ada, keys), keys, then) == "ada@example.com");
}

TEST_CASE("many keys on one thread do not disturb one another") {
  for (int round = 0; round < 3; ++round) {
    for (char c = 'a'; c < 'k'; ++c) {
      auto keys = KeyRing(std::string(32, c));
      CHECK(subject_of(encode_jwt(ada, keys), keys, then) == "ada@example.com");
      CHECK_FALSE(subject_of(hs256, keys, then).has_value());
    }
  }
}

TEST_CASE("several threads share a key ring") {
  auto keys = KeyRing(mint::secret);
  std::atomic<int> believed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        if (subject_of(encode_jwt(ada, keys), keys, then)) ++believed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(believed == 400);
}

TEST_CASE("a key ring refuses what cannot sign safely and says what to do") {
  CHECK_THROWS_WITH_AS(
      KeyRing(mint::secret, "none"),
      "JWT algorithm \"none\" is not supported; use HS256, HS384, HS512, RS256, ES256 or EdDSA",
      std::invalid_argument);
  CHECK_THROWS_AS(KeyRing(mint::secret, "RS256"), std::invalid_argument);
  CHECK_THROWS_AS(KeyRing(mint::secret, "RS512"), std::invalid_argument);
  CHECK_THROWS_AS(KeyRing(mint::secret, "hs256"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(KeyRing(""),
                       "the secret that signs tokens is empty; make one with: openssl rand -hex 32",
                       std::invalid_argument);
  CHECK_THROWS_AS(KeyRing("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"), std::invalid_argument);
  CHECK_THROWS_AS(KeyRing("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(KeyRing({.secret = "a", .kid = "1"}, {{.secret = "b", .kid = "1"}}),
                       "two keys of a key ring have the kid \"1\"", std::invalid_argument);
}

TEST_CASE("only an object can be the claims of a token") {
  CHECK_THROWS_AS(encode_jwt("[]"_json, KeyRing(mint::secret)), std::invalid_argument);
}
