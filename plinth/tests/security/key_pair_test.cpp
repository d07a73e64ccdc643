// RS256, ES256 and EdDSA: the RFCs' examples, Python's tokens, and keys that are no good.
#include "security/key_pair.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plinth/jwk.hpp"
#include "security/base64.hpp"
#include "security/key_ring.hpp"

using namespace plinth;
using security::KeyPair;

namespace {

constexpr JwtOptions then{.now = Seconds{1795359532}};

std::vector<Json> recorded() {
  std::ifstream file(PLINTH_TEST_DATA "/jwt_keys.jsonl");
  std::vector<Json> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(Json::parse(line));
  return rows;
}

std::string bytes(std::string_view base64url) {
  std::string decoded;
  REQUIRE(security::decode_base64url(base64url, decoded));
  return decoded;
}

KeyRing ring_of(const Json& row, std::string_view pem = "private_pem") {
  return KeyRing({.secret = row[pem].str(), .algorithm = row["alg"].str()});
}

// RFC 7515, A.3.1.
Json p256() {
  return R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
             "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})"_json;
}

// RFC 8037, A.1.
Json ed25519() {
  return R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
             "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"_json;
}

}  // namespace

TEST_CASE("RFC 7515's ES256 example verifies") {
  const auto pair = KeyPair::from_jwk(p256(), "ES256");
  const std::string text =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto signature = bytes(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  CHECK(pair.verify(text, signature));
  CHECK_FALSE(pair.verify(text + "x", signature));
}

TEST_CASE("RFC 8037's Ed25519 example is signed to the byte, and verifies") {
  const auto pair = KeyPair::from_jwk(ed25519(), "EdDSA");
  const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const auto signature = bytes(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  CHECK(pair.sign(text) == signature);
  CHECK(pair.verify(text, signature));
  CHECK_FALSE(pair.verify(text + "x", signature));
}

TEST_CASE("Python's tokens verify by PEM and by JWK, by the private and by the public half") {
  std::map<std::string, int> seen;
  for (const auto& row : recorded()) {
    CAPTURE(row["by"].str());
    CAPTURE(row["alg"].str());
    const auto& token = row["token"].str();
    const auto claims = decode_jwt(token, ring_of(row), then);
    REQUIRE(claims.has_value());
    CHECK(*claims == row["claims"]);

    const auto own = Jwk::from_json(row["jwk"]);
    CHECK(own.algorithm() == row["alg"].str());
    CHECK(own.is_private());
    const auto other = Jwk::from_json(own.public_json());
    CHECK_FALSE(other.is_private());
    CHECK(other.key()->verify(token.substr(0, token.rfind('.')),
                              bytes(token.substr(token.rfind('.') + 1))));
    ++seen[row["alg"].str()];
  }
  CHECK(seen == std::map<std::string, int>{{"ES256", 20}, {"EdDSA", 10}, {"RS256", 3}});
}

TEST_CASE("a JWK is written as it was read") {
  for (const auto& row : recorded()) {
    const auto& jwk = row["jwk"];
    const auto written = Jwk::from_json(jwk).to_json();
    for (const auto& [name, value] : jwk.members()) {
      CAPTURE(name);
      CHECK(written[name] == value);
    }
    CHECK(written["alg"] == row["alg"]);
    CHECK(written["use"] == "sig");
  }
}

TEST_CASE("what a ring signs, its public half verifies, and no other key of the kind") {
  const auto rows = recorded();
  for (const auto& row : {rows[0], rows[1], rows[4], rows[5], rows[30], rows[31]}) {
    const auto ring = ring_of(row);
    const auto token = encode_jwt(row["claims"], ring);
    const auto verifying =
        KeyRing({.secret = "unused by these tokens"},
                {{.secret = row["public_pem"].str(), .algorithm = row["alg"].str()}});
    CHECK(subject_of(token, verifying, then) == "ada@example.com");
    for (const auto& other : rows) {
      if (other["alg"] != row["alg"] || other == row) continue;
      CHECK_FALSE(subject_of(token, ring_of(other), then).has_value());
    }
  }
}

TEST_CASE("a signature counts whole: cut, longer, changed, in DER or of zeros it is none") {
  for (const auto& jwk : {p256(), ed25519()}) {
    const auto algorithm = jwk["kty"] == "EC" ? "ES256" : "EdDSA";
    const auto pair = KeyPair::from_jwk(jwk, algorithm);
    const auto good = pair.sign("text");
    REQUIRE(good.size() == 64);
    REQUIRE(pair.verify("text", good));
    CHECK_FALSE(pair.verify("text", ""));
    CHECK_FALSE(pair.verify("text", good.substr(1)));
    CHECK_FALSE(pair.verify("text", good.substr(0, 63)));
    CHECK_FALSE(pair.verify("text", good + std::string(1, '\0')));
    CHECK_FALSE(pair.verify("text", std::string(64, '\0')));  // CVE-2022-21449
    CHECK_FALSE(pair.verify("text", std::string(64, '\xff')));
    CHECK_FALSE(pair.verify("text", std::string(32, '\0') + good.substr(32)));
    CHECK_FALSE(pair.verify("text", good.substr(0, 32) + std::string(32, '\0')));
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto other = good;
      other[i] = static_cast<char>(other[i] ^ 1);
      CAPTURE(i);
      CHECK_FALSE(pair.verify("text", other));
    }
  }
}

TEST_CASE("halves that do not belong together are refused") {
  auto ec = p256();
  ec["d"] = Jwk::generate("ES256", "").to_json()["d"];
  CHECK_THROWS_WITH_AS(KeyPair::from_jwk(ec, "ES256"),
                       "the private and the public half of a key do not belong together",
                       std::invalid_argument);
  auto okp = ed25519();
  okp["d"] = Jwk::generate("EdDSA", "").to_json()["d"];
  CHECK_THROWS_AS(KeyPair::from_jwk(okp, "EdDSA"), std::invalid_argument);
  const auto rows = recorded();
  auto rsa = rows[0]["jwk"];
  rsa["n"] = rows[2]["jwk"]["n"];
  CHECK_THROWS_AS(KeyPair::from_jwk(rsa, "RS256"), std::invalid_argument);
}

TEST_CASE("a key is for its algorithm only") {
  const auto rows = recorded();
  const auto& rsa = rows[0]["private_pem"].str();
  const auto& ec = rows[4]["private_pem"].str();
  CHECK_THROWS_WITH_AS(KeyPair::from_pem(rsa, "ES256"), "ES256 wants a key on the curve P-256",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(KeyPair::from_pem(ec, "RS256"), "RS256 wants an RSA key",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(KeyPair::from_pem(ec, "EdDSA"), "EdDSA wants an Ed25519 key",
                       std::invalid_argument);
  CHECK_THROWS_AS(KeyPair::from_jwk(p256(), "EdDSA"), std::invalid_argument);
  CHECK_THROWS_AS(KeyPair::from_jwk(ed25519(), "ES256"), std::invalid_argument);
}

TEST_CASE("PEM that is no key, or has a password, is refused without asking for one") {
  for (auto pem : {"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                   "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n",
                   // openssl genpkey -algorithm ed25519 -aes256 -pass pass:secret
                   "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                   "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgGYqRQ0a31iwICCAAw\n"
                   "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEP2EW5i6q/fNJpoA/2Qm5E8EQGcc\n"
                   "3oIAMRjVG/mWVoKwXI33dos2wzX3s03Auuqupg5VWek8Vq25ox6szIl1fUsLyTzV\n"
                   "lI5qnRlMDQ/bYdySZL4=\n"
                   "-----END ENCRYPTED PRIVATE KEY-----\n"}) {
    CAPTURE(pem);
    CHECK_THROWS_AS(KeyPair::from_pem(pem, "EdDSA"), std::invalid_argument);
  }
}

TEST_CASE("RSA under 2048 bits, and a small public exponent, are refused") {
  CHECK_THROWS_WITH_AS(
      KeyPair::from_jwk(
          Json::object({{"kty", "RSA"}, {"n", "w" + std::string(169, 'A') + "8"}, {"e", "AQAB"}}),
          "RS256"),
      "an RSA key must have 2048 to 8192 bits, not 1024", std::invalid_argument);
  const auto rows = recorded();
  const auto& modulus = rows[0]["jwk"]["n"];
  CHECK_THROWS_WITH_AS(
      KeyPair::from_jwk(Json::object({{"kty", "RSA"}, {"n", modulus}, {"e", "Aw"}}), "RS256"),
      "an RSA key's public exponent must be odd and at least 65537", std::invalid_argument);
}

TEST_CASE("several threads verify by one pair") {
  const auto pair = KeyPair::generate("ES256");
  const auto signature = pair.sign("text");
  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        if (pair.verify("text", signature) && !pair.verify("texts", signature)) ++verified;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(verified == 100);
}

TEST_CASE("many pairs on one thread do not disturb one another") {
  std::vector<KeyPair> pairs;
  std::vector<std::string> signatures;
  for (int i = 0; i < 7; ++i) {
    pairs.push_back(KeyPair::generate("ES256"));
    signatures.push_back(pairs.back().sign("text"));
  }
  for (std::size_t one = 0; one < pairs.size(); ++one) {
    for (std::size_t other = 0; other < pairs.size(); ++other) {
      CHECK(pairs[one].verify("text", signatures[other]) == (one == other));
    }
  }
}
