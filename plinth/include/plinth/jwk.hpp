// Keys as JSON, and files of them that are changed while the service runs. Stands for jwcrypto's
// JWK and JWKSet.
// Example: plinth/tests/security/key_file_test.cpp
//
//   auto key = Jwk::generate("ES256", "2026-11");
//   write_key_file("keys.json", {.keys = {key}, .signing = "2026-11"});
//   auto keys = watched_key_ring({.secret = secret_key}, "keys.json");
//   Json published = public_jwks(keys);  // {"keys":[{"kty":"EC","crv":"P-256",…}]}
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/json.hpp"
#include "plinth/security.hpp"

namespace plinth {

namespace detail {
struct JwtKey;
}

/// A key for one algorithm: RFC 7517, 7518 6, 8037. Immutable, cheap to copy, from any thread.
class Jwk {
 public:
  /// Of a JSON Web Key: kty oct, RSA, EC (P-256) or OKP (Ed25519); `alg` may be left out where the
  /// curve tells it; a symmetric key is as long as its hash.
  ///
  /// throws   std::invalid_argument that says what is wrong and shows no key
  static Jwk from_json(const Json& jwk);
  /// Of PEM: a private key (PKCS #8, PKCS #1, SEC 1; no password) or a public one. throws likewise
  static Jwk from_pem(std::string_view pem, std::string algorithm, std::string kid);
  /// A new one, of the system's generator: HS256 to HS512, RS256 (2048 bits), ES256 or EdDSA.
  static Jwk generate(std::string algorithm, std::string kid);

  const std::string& algorithm() const;
  const std::string& kid() const;
  bool is_symmetric() const;
  bool is_private() const;  // can sign

  Json to_json() const;  // with the private half, or the secret
  /// What others may see; of a symmetric key nothing: null.
  Json public_json() const;

  explicit Jwk(std::shared_ptr<const detail::JwtKey> key) : key_(std::move(key)) {}
  const std::shared_ptr<const detail::JwtKey>& key() const { return key_; }

 private:
  std::shared_ptr<const detail::JwtKey> key_;
};

/// A JSON Web Key set whose keys have names, and which of them signs.
struct JwkSet {
  std::vector<Jwk> keys = {};
  std::string signing = {};  // a kid; "": none of them
};

/// {"keys":[…]}, and "signing" beside it if there is one; with the private halves.
Json to_json(const JwkSet& set);
/// throws   std::invalid_argument: what is wrong, of which key
JwkSet jwk_set_of(const Json& json);

/// A ring of a secret without a name, which verifies the tokens that have no `kid`, and the keys of
/// a set. The set's signing key signs, or the secret when there is none.
KeyRing make_key_ring(SigningKey secret, const JwkSet& set);

/// The public halves of a ring's keys as RFC 7517 5 has them, for /.well-known/jwks.json;
/// symmetric keys are left out.
Json public_jwks(const KeyRing& keys);

// ---- Files ----

/// Reads a set. The file must be its owner's alone (mode 0600), or root's and at most its group's
/// to read (0640), as where secrets are mounted.
///
/// throws   std::runtime_error naming the file, what is wrong and how to mend it
JwkSet read_key_file(const std::string& path);

/// Writes a set, mode 0600, in one step: who reads meanwhile reads the old file or the new one. An
/// existing file keeps its owner. throws std::runtime_error
void write_key_file(const std::string& path, const JwkSet& set);

/// A ring of the secret and the file's keys. A thread looks at the file every second and reads it
/// anew when it changed; what cannot be read is logged, and the keys from before stay in use. The
/// thread ends with the ring's last copy.
///
/// throws   what read_key_file and make_key_ring throw, at first
KeyRing watched_key_ring(const SigningKey& secret, const std::string& path);

/// Reads the file of a watched ring now if it has changed. Returns whether it had.
bool reread_keys(const KeyRing& keys);

}  // namespace plinth
