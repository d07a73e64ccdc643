#include "plinth/jwk.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <utility>

#include "security/base64.hpp"
#include "security/key_ring.hpp"

namespace plinth {

namespace {

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

std::string text_of(const Json& jwk, std::string_view name) {
  const auto* member = jwk.find(name);
  if (!member) return {};
  if (!member->is_string()) refuse("a JWK's \"" + std::string(name) + "\" must be a text");
  return member->str();
}

// RFC 8725 3.1: a key is for one algorithm. The curve names it where `alg` does not.
std::string algorithm_of(const Json& jwk) {
  auto algorithm = text_of(jwk, "alg");
  if (!algorithm.empty()) return algorithm;
  const auto curve = text_of(jwk, "crv");
  if (curve == "P-256") return "ES256";
  if (curve == "Ed25519") return "EdDSA";
  refuse("a JWK without \"alg\"; say which: \"alg\": \"RS256\"");
}

std::size_t hash_bytes(security::HashName hash) {
  static constexpr std::size_t sizes[] = {32, 48, 64};
  return sizes[static_cast<std::size_t>(hash)];
}

Jwk symmetric(const Json& jwk, std::string algorithm, std::string kid) {
  const auto hash = security::hash_of_algorithm(algorithm);
  if (!hash) {
    refuse("JWT algorithm \"" + algorithm +
           "\" is not supported; use HS256, HS384, HS512, RS256, ES256 or EdDSA");
  }
  if (text_of(jwk, "kty") != "oct") refuse("a JWK of " + algorithm + " has \"kty\": \"oct\"");
  SigningKey key{.secret = {}, .algorithm = std::move(algorithm), .kid = std::move(kid)};
  if (!security::decode_base64url(text_of(jwk, "k"), key.secret)) {
    refuse("a JWK's \"k\" must be base64url without padding");
  }
  // RFC 7518 3.2.
  if (key.secret.size() < hash_bytes(*hash)) {
    refuse("a secret for " + key.algorithm + " has at least " + std::to_string(hash_bytes(*hash)) +
           " bytes, not " + std::to_string(key.secret.size()));
  }
  return Jwk(security::make_key(std::move(key)));
}

// What every form has beside the key itself.
void describe(Json& jwk, const detail::JwtKey& key) {
  if (!key.kid.empty()) jwk["kid"] = key.kid;
  jwk["alg"] = key.algorithm;
  jwk["use"] = "sig";
}

}  // namespace

Jwk Jwk::from_json(const Json& jwk) {
  if (!jwk.is_object()) refuse("a JWK is a JSON object");
  if (const auto use = text_of(jwk, "use"); !use.empty() && use != "sig") {
    refuse("a JWK for \"use\": \"" + use + "\" signs nothing; it must be \"sig\"");
  }
  auto algorithm = algorithm_of(jwk);
  auto kid = text_of(jwk, "kid");
  if (!security::KeyPair::knows(algorithm)) {
    return symmetric(jwk, std::move(algorithm), std::move(kid));
  }
  auto pair = security::KeyPair::from_jwk(jwk, algorithm);
  return Jwk(security::make_key(std::move(pair), std::move(algorithm), std::move(kid)));
}

Jwk Jwk::from_pem(std::string_view pem, std::string algorithm, std::string kid) {
  if (!security::KeyPair::knows(algorithm)) {
    refuse("a key in PEM is for RS256, ES256 or EdDSA, not \"" + algorithm + "\"");
  }
  auto pair = security::KeyPair::from_pem(pem, algorithm);
  return Jwk(security::make_key(std::move(pair), std::move(algorithm), std::move(kid)));
}

Jwk Jwk::generate(std::string algorithm, std::string kid) {
  if (security::KeyPair::knows(algorithm)) {
    auto pair = security::KeyPair::generate(algorithm);
    return Jwk(security::make_key(std::move(pair), std::move(algorithm), std::move(kid)));
  }
  const auto hash = security::hash_of_algorithm(algorithm);
  std::string secret(hash ? hash_bytes(*hash) : 1, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(secret.data()),
                      static_cast<int>(secret.size())) != 1) {
    throw std::runtime_error("the system's generator gives no random bytes");
  }
  return Jwk(security::make_key(SigningKey{
      .secret = std::move(secret), .algorithm = std::move(algorithm), .kid = std::move(kid)}));
}

const std::string& Jwk::algorithm() const { return key_->algorithm; }
const std::string& Jwk::kid() const { return key_->kid; }
bool Jwk::is_symmetric() const { return !key_->pair; }
bool Jwk::is_private() const { return key_->is_private(); }

Json Jwk::to_json() const {
  auto jwk = key_->pair
                 ? key_->pair->jwk(true)
                 : Json::object({{"kty", "oct"}, {"k", security::encode_base64url(key_->secret)}});
  describe(jwk, *key_);
  return jwk;
}

Json Jwk::public_json() const {
  if (!key_->pair) return {};
  auto jwk = key_->pair->jwk(false);
  describe(jwk, *key_);
  return jwk;
}

Json to_json(const JwkSet& set) {
  Json::Array keys;
  for (const auto& key : set.keys) keys.push_back(key.to_json());
  auto json = Json::object({{"keys", std::move(keys)}});
  if (!set.signing.empty()) json["signing"] = set.signing;
  return json;
}

JwkSet jwk_set_of(const Json& json) {
  const auto* keys = json.find("keys");
  if (!keys || !keys->is_array()) refuse("a JWK set is {\"keys\": […]}");
  JwkSet set{.signing = text_of(json, "signing")};
  bool signs = set.signing.empty();
  std::size_t number = 0;
  for (const auto& jwk : keys->items()) {
    ++number;
    try {
      set.keys.push_back(Jwk::from_json(jwk));
    } catch (const std::invalid_argument& error) {
      const auto* kid = jwk.find("kid");
      const auto name =
          kid && kid->is_string() ? '"' + kid->str() + '"' : "number " + std::to_string(number);
      refuse("key " + name + ": " + error.what());
    }
    const auto& key = set.keys.back();
    if (key.kid().empty()) refuse("key number " + std::to_string(number) + " has no \"kid\"");
    if (key.kid() == set.signing) {
      signs = true;
      if (!key.is_private()) refuse("key \"" + key.kid() + "\" should sign, but is public");
    }
  }
  if (!signs) refuse("\"signing\" names the key \"" + set.signing + "\", which is not in the set");
  return set;
}

KeyRing make_key_ring(SigningKey secret, const JwkSet& set) {
  std::vector<std::shared_ptr<const detail::JwtKey>> keys;
  for (const auto& key : set.keys) {
    if (key.kid() == set.signing && !set.signing.empty()) keys.push_back(key.key());
  }
  keys.push_back(security::make_key(std::move(secret)));
  for (const auto& key : set.keys) {
    if (key.kid() != set.signing || set.signing.empty()) keys.push_back(key.key());
  }
  return KeyRing(std::make_shared<detail::KeySource>(security::make_keys(std::move(keys))));
}

Json public_jwks(const KeyRing& keys) {
  Json::Array shown;
  for (const auto& key : keys.source()->local().all) {
    if (key->pair) shown.push_back(Jwk(key).public_json());
  }
  return Json::object({{"keys", std::move(shown)}});
}

}  // namespace plinth
