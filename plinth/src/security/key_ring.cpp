#include "security/key_ring.hpp"

#include <openssl/crypto.h>

#include <stdexcept>
#include <utility>

#include "security/base64.hpp"

namespace plinth {

namespace {

// Sorted by name, as python-jose writes it.
std::string header_of(const SigningKey& key) {
  auto header = Json::object({{"alg", key.algorithm}});
  if (!key.kid.empty()) header["kid"] = key.kid;
  header["typ"] = "JWT";
  return security::encode_base64url(header.dump());
}

// A public key is known to all: taken for an HMAC secret it lets anybody sign (CVE-2024-33663).
bool is_public_key(std::string_view secret) {
  for (std::string_view sign : {"-----BEGIN ", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"}) {
    if (secret.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

detail::JwtKey ready(SigningKey key) {
  auto hash = security::hash_of_algorithm(key.algorithm);
  if (!hash) {
    throw std::invalid_argument("JWT algorithm \"" + key.algorithm +
                                "\" is not supported; use HS256, HS384 or HS512");
  }
  if (key.secret.empty()) {
    throw std::invalid_argument(
        "the secret that signs tokens is empty; make one with: openssl rand -hex 32");
  }
  if (is_public_key(key.secret)) {
    throw std::invalid_argument(
        "the secret that signs tokens is a PEM or SSH key; make one with: openssl rand -hex 32");
  }
  auto header = header_of(key);
  return {.key = std::move(key), .hash = *hash, .header = std::move(header)};
}

}  // namespace

detail::JwtKeys::~JwtKeys() {
  for (auto& held : all) OPENSSL_cleanse(held.key.secret.data(), held.key.secret.size());
}

KeyRing::KeyRing(SigningKey signing, std::vector<SigningKey> retired) {
  auto keys = std::make_shared<detail::JwtKeys>();
  keys->all.reserve(1 + retired.size());
  keys->all.push_back(ready(std::move(signing)));
  for (auto& key : retired) keys->all.push_back(ready(std::move(key)));

  for (const auto& one : keys->all) {
    if (one.key.kid.empty()) continue;
    keys->named = true;
    for (const auto& other : keys->all) {
      if (&one != &other && one.key.kid == other.key.kid) {
        throw std::invalid_argument("two keys of a key ring have the kid \"" + one.key.kid + "\"");
      }
    }
  }
  keys_ = std::move(keys);
}

KeyRing::KeyRing(std::string_view secret, std::string_view algorithm)
    : KeyRing(SigningKey{.secret = std::string(secret), .algorithm = std::string(algorithm)}) {}

}  // namespace plinth
