// Keys of RSA, P-256 and Ed25519 by OpenSSL: what RS256, ES256 and EdDSA sign with.
//
// Thread safety: const methods from any thread. Each thread keeps verifying contexts of the last
// few keys, so that verifying shares nothing but the key itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plinth/json.hpp"

// OpenSSL's EVP_PKEY, without its headers.
struct evp_pkey_st;

namespace plinth::security {

class KeyPair {
 public:
  enum class Kind : std::uint8_t { rsa, p256, ed25519 };

  /// Of "RS256", "ES256" or "EdDSA".
  static bool knows(std::string_view algorithm);

  // These throw std::invalid_argument that says what is wrong, and never shows the key: a key that
  // is not of the algorithm, RSA outside 2048 to 8192 bits, halves that do not belong together.
  static KeyPair from_pem(std::string_view pem, std::string_view algorithm);
  static KeyPair from_jwk(const Json& jwk, std::string_view algorithm);
  /// RSA has 2048 bits.
  static KeyPair generate(std::string_view algorithm);

  bool is_private() const { return private_; }
  /// {"kty", "crv", "x", …}, with the private members if asked for and there.
  Json jwk(bool with_private) const;

  /// The signature as JWS has it: of ES256 r and s, 32 bytes each (RFC 7518 3.4). Throws
  /// std::runtime_error when OpenSSL fails, or of a public key.
  std::string sign(std::string_view message) const;
  bool verify(std::string_view message, std::string_view signature) const;

 private:
  KeyPair(Kind kind, std::shared_ptr<evp_pkey_st> key, bool is_private);
  void check() const;

  Kind kind_;
  bool private_;
  std::uint64_t id_;  // unique in the process: what threads know its contexts by
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace plinth::security
