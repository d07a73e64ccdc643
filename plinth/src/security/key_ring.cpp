#include "security/key_ring.hpp"

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "security/base64.hpp"
#include "security/evp.hpp"

namespace plinth {

namespace {

std::uint64_t next_version() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

bool is_der_public_key(const std::string& secret) {
  const security::ErrorsCleared cleared;
  const auto* start = reinterpret_cast<const unsigned char*>(secret.data());
  const auto* place = start;
  const security::Evp<EVP_PKEY> key(d2i_PUBKEY(nullptr, &place, static_cast<long>(secret.size())));
  return key != nullptr;
}

bool is_public_jwk(std::string_view secret) {
  return secret.find("\"kty\"") != std::string_view::npos &&
         secret.find("\"oct\"") == std::string_view::npos;
}

// A public key is known to all: taken for an HMAC secret it lets anybody sign (CVE-2024-33663).
bool is_key_text(const std::string& secret) {
  for (std::string_view sign : {"-----BEGIN ", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"}) {
    if (secret.find(sign) != std::string::npos) return true;
  }
  return is_public_jwk(secret) || is_der_public_key(secret);
}

std::vector<std::shared_ptr<const detail::JwtKey>> made_of(SigningKey signing,
                                                           std::vector<SigningKey> retired) {
  std::vector<std::shared_ptr<const detail::JwtKey>> keys;
  keys.reserve(1 + retired.size());
  keys.push_back(security::make_key(std::move(signing)));
  for (auto& key : retired) keys.push_back(security::make_key(std::move(key)));
  return keys;
}

}  // namespace

namespace detail {

JwtKey::~JwtKey() { OPENSSL_cleanse(secret.data(), secret.size()); }

std::string JwtKey::sign(std::string_view text) const {
  if (pair) return pair->sign(text);
  return std::string(security::hmac(hash, secret, text).view());
}

bool JwtKey::verify(std::string_view text, std::string_view signature) const {
  if (pair) return pair->verify(text, signature);
  const auto mac = security::hmac(hash, secret, text);
  return signature.size() == mac.size &&
         CRYPTO_memcmp(signature.data(), mac.bytes.data(), mac.size) == 0;
}

KeySource::KeySource(std::shared_ptr<const JwtKeys> first)
    : keys_(std::move(first)), version_(next_version()) {}

const JwtKeys& KeySource::local() const {
  struct Seen {
    std::uint64_t version = 0;
    std::shared_ptr<const JwtKeys> keys;
  };
  thread_local std::array<Seen, 4> seen;
  thread_local std::size_t oldest = 0;

  const auto present = version_.load(std::memory_order_acquire);
  for (const auto& one : seen) {
    if (one.version == present) return *one.keys;
  }
  const std::lock_guard lock(mutex_);
  auto& place = seen[oldest++ % seen.size()];
  place = {version_.load(std::memory_order_relaxed), keys_};
  return *place.keys;
}

std::shared_ptr<const JwtKeys> KeySource::shared() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void KeySource::replace(std::shared_ptr<const JwtKeys> other) {
  const std::lock_guard lock(mutex_);
  keys_ = std::move(other);
  version_.store(next_version(), std::memory_order_release);
}

}  // namespace detail

namespace security {

std::string token_header(const detail::JwtKey& key, std::string_view type) {
  auto header = Json::object({{"alg", key.algorithm}});
  if (!key.kid.empty()) header["kid"] = key.kid;
  header["typ"] = type;
  return encode_base64url(header.dump());
}

std::shared_ptr<const detail::JwtKey> make_key(KeyPair pair, std::string algorithm,
                                               std::string kid) {
  auto made = std::make_shared<detail::JwtKey>();
  made->algorithm = std::move(algorithm);
  made->kid = std::move(kid);
  made->pair = std::move(pair);
  made->header = token_header(*made, "JWT");
  return made;
}

std::shared_ptr<const detail::JwtKey> make_key(SigningKey key) {
  if (KeyPair::knows(key.algorithm)) {
    auto pair = KeyPair::from_pem(key.secret, key.algorithm);
    OPENSSL_cleanse(key.secret.data(), key.secret.size());
    return make_key(std::move(pair), std::move(key.algorithm), std::move(key.kid));
  }
  const auto hash = hash_of_algorithm(key.algorithm);
  if (!hash) {
    throw std::invalid_argument("JWT algorithm \"" + key.algorithm +
                                "\" is not supported; use HS256, HS384, HS512, RS256, ES256 or "
                                "EdDSA");
  }
  if (key.secret.empty()) {
    throw std::invalid_argument(
        "the secret that signs tokens is empty; make one with: openssl rand -hex 32");
  }
  if (is_key_text(key.secret)) {
    throw std::invalid_argument(
        "the secret that signs tokens is a PEM, DER, SSH or JWK key; make one with: openssl rand "
        "-hex 32");
  }
  auto made = std::make_shared<detail::JwtKey>();
  made->algorithm = std::move(key.algorithm);
  made->kid = std::move(key.kid);
  made->secret = std::move(key.secret);
  made->hash = *hash;
  made->header = token_header(*made, "JWT");
  return made;
}

std::shared_ptr<const detail::JwtKeys> make_keys(
    std::vector<std::shared_ptr<const detail::JwtKey>> keys) {
  auto made = std::make_shared<detail::JwtKeys>();
  made->all = std::move(keys);
  if (!made->all.front()->is_private()) {
    throw std::invalid_argument("a public key only verifies; the key that signs must be private");
  }
  for (const auto& one : made->all) {
    if (one->kid.empty()) continue;
    made->named = true;
    for (const auto& other : made->all) {
      if (&one != &other && one->kid == other->kid) {
        throw std::invalid_argument("two keys of a key ring have the kid \"" + one->kid + "\"");
      }
    }
  }
  return made;
}

}  // namespace security

KeyRing::KeyRing(SigningKey signing, std::vector<SigningKey> retired)
    : source_(std::make_shared<detail::KeySource>(
          security::make_keys(made_of(std::move(signing), std::move(retired))))) {}

KeyRing::KeyRing(std::string_view secret, std::string_view algorithm)
    : KeyRing(SigningKey{.secret = std::string(secret), .algorithm = std::string(algorithm)}) {}

void KeyRing::replace(const KeyRing& other) { source_->replace(other.source_->shared()); }

}  // namespace plinth
