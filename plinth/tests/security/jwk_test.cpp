#include "plinth/jwk.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

using namespace plinth;

namespace {

const auto secret = SigningKey{.secret = "0123456789abcdef0123456789abcdef"};
const auto ada = Json::object({{"sub", "ada@example.com"}, {"exp", 2000}});
constexpr JwtOptions then{.now = Seconds{1000}};

}  // namespace

TEST_CASE("a key of every algorithm is made, written and read again") {
  for (auto algorithm : {"HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"}) {
    CAPTURE(algorithm);
    const auto key = Jwk::generate(algorithm, "2026-11");
    const auto json = key.to_json();
    CHECK(json["alg"] == algorithm);
    CHECK(json["kid"] == "2026-11");
    CHECK(json["use"] == "sig");
    const auto again = Jwk::from_json(json);
    CHECK(again.to_json() == json);
    const auto signing = make_key_ring(secret, {.keys = {key}, .signing = "2026-11"});
    const auto verifying = make_key_ring(secret, {.keys = {again}});
    const auto token = encode_jwt(ada, signing);
    CHECK(subject_of(token, verifying, then) == "ada@example.com");
    CHECK_FALSE(subject_of(token, KeyRing(secret), then).has_value());
  }
}

TEST_CASE("what others may see of a key is its public half, and of a secret nothing") {
  for (auto algorithm : {"RS256", "ES256", "EdDSA"}) {
    CAPTURE(algorithm);
    const auto key = Jwk::generate(algorithm, "1");
    const auto shown = key.public_json();
    for (auto name : {"d", "p", "q", "dp", "dq", "qi", "k"}) CHECK_FALSE(shown.contains(name));
    CHECK(shown["kid"] == "1");
    CHECK_FALSE(Jwk::from_json(shown).is_private());
  }
  CHECK(Jwk::generate("HS256", "1").public_json().is_null());
}

TEST_CASE("the published set has the public keys of a ring alone") {
  CHECK(public_jwks(KeyRing(secret)).dump() == R"({"keys":[]})");
  const auto ec = Jwk::generate("ES256", "ec");
  const auto hmac = Jwk::generate("HS256", "hmac");
  const auto keys = make_key_ring(secret, {.keys = {hmac, ec}, .signing = "ec"});
  CHECK(public_jwks(keys) == Json::object({{"keys", Json::array({ec.public_json()})}}));
}

TEST_CASE("a key whose numbers or names cannot be meant is refused with the reason") {
  const auto ec = Jwk::generate("ES256", "1").to_json();
  const auto okp = Jwk::generate("EdDSA", "1").to_json();
  auto with = [](Json jwk, std::string_view name, Json value) {
    jwk[name] = std::move(value);
    return jwk;
  };
  const std::pair<Json, const char*> bad[] = {
      {Json("key"), "a JWK is a JSON object"},
      {"{}"_json, "a JWK without \"alg\"; say which: \"alg\": \"RS256\""},
      {with(ec, "use", "enc"), "a JWK for \"use\": \"enc\" signs nothing; it must be \"sig\""},
      {with(ec, "alg", "ES384"),
       "JWT algorithm \"ES384\" is not supported; use HS256, HS384, HS512, RS256, ES256 or EdDSA"},
      {with(ec, "alg", "none"),
       "JWT algorithm \"none\" is not supported; use HS256, HS384, HS512, RS256, ES256 or EdDSA"},
      {with(ec, "alg", "EdDSA"), "a JWK of this algorithm has \"kty\": \"OKP\""},
      {with(ec, "alg", "HS256"), "a JWK of HS256 has \"kty\": \"oct\""},
      {with(ec, "alg", 5), "a JWK's \"alg\" must be a text"},
      {with(ec, "kid", 5), "a JWK's \"kid\" must be a text"},
      {with(ec, "crv", "P-384"), "a JWK of this algorithm has \"crv\": \"P-256\""},
      {with(ec, "x", "AAAA"), "a JWK's \"x\" must have 32 bytes, not 3"},
      {with(ec, "x", ec["y"]), "the numbers of a JWK make no key"},  // off the curve
      {with(ec, "y", "not base64url!"), "a JWK's \"y\" must be base64url without padding"},
      {with(okp, "crv", "X25519"), "a JWK of this algorithm has \"crv\": \"Ed25519\""},
      {with(okp, "d", nullptr), "a JWK's \"d\" must be base64url without padding"},
      {R"({"kty":"oct","alg":"HS256","k":"c2hvcnQ"})"_json,
       "a secret for HS256 has at least 32 bytes, not 5"},
      {R"({"kty":"oct","alg":"HS512","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})"_json,
       "a secret for HS512 has at least 64 bytes, not 32"},
      {R"({"kty":"RSA","alg":"RS256","n":"","e":"AQAB"})"_json,
       "a JWK's \"n\" must be base64url without padding"},
  };
  for (const auto& [jwk, reason] : bad) {
    CHECK_THROWS_WITH_AS(Jwk::from_json(jwk), reason, std::invalid_argument);
  }
}

TEST_CASE("the curve tells the algorithm where alg is left out") {
  auto ec = Json(Json::Object{});
  const auto whole = Jwk::generate("ES256", "1").to_json();
  for (const auto& [name, value] : whole.members()) {
    if (name != "alg" && name != "use") ec[name] = value;
  }
  CHECK(Jwk::from_json(ec).algorithm() == "ES256");
}

TEST_CASE("a set says which of its keys signs") {
  const auto one = Jwk::generate("ES256", "1");
  const auto two = Jwk::generate("EdDSA", "2");
  const auto set = JwkSet{.keys = {one, two}, .signing = "2"};
  const auto again = jwk_set_of(to_json(set));
  CHECK(again.signing == "2");
  REQUIRE(again.keys.size() == 2);
  CHECK(again.keys[0].kid() == "1");
  CHECK(encode_jwt(ada, make_key_ring(secret, again))
            .starts_with("eyJhbGciOiJFZERTQSIsImtpZCI6IjIi"));
}

TEST_CASE("a set that cannot be meant is refused with the key's name") {
  const auto one = Jwk::generate("ES256", "1");
  auto nameless = one.to_json();
  nameless["kid"] = "";
  auto broken = one.to_json();
  broken["x"] = "AAAA";
  auto set_of = [](Json key, const char* signing) {
    return Json::object({{"keys", Json::array({std::move(key)})}, {"signing", signing}});
  };
  CHECK_THROWS_WITH_AS(jwk_set_of("[]"_json), "a JWK set is {\"keys\": […]}",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwk_set_of(R"({"keys":{}})"_json), "a JWK set is {\"keys\": […]}",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwk_set_of(set_of(nameless, "")), "key number 1 has no \"kid\"",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwk_set_of(set_of(broken, "1")),
                       "key \"1\": a JWK's \"x\" must have 32 bytes, not 3", std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwk_set_of(set_of(one.to_json(), "2")),
                       "\"signing\" names the key \"2\", which is not in the set",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwk_set_of(set_of(one.public_json(), "1")),
                       "key \"1\" should sign, but is public", std::invalid_argument);
  CHECK_THROWS_WITH_AS(make_key_ring(secret, {.keys = {one, one}}),
                       "two keys of a key ring have the kid \"1\"", std::invalid_argument);
}
