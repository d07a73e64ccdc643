// What a KeyRing holds: its keys, ready to use.
//
// Thread safety: a KeySource's keys may be replaced by any thread while others verify. Each thread
// keeps the keys it saw last and looks at the version, which nobody writes between replacements.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "plinth/security.hpp"
#include "security/hmac.hpp"
#include "security/key_pair.hpp"

namespace plinth::detail {

struct JwtKey {
  std::string algorithm;
  std::string kid;
  std::string secret;  // of HMAC
  security::HashName hash = security::HashName::sha256;
  std::optional<security::KeyPair> pair;  // of the other algorithms
  std::string header;                     // of the tokens it signs, in base64url

  JwtKey() = default;
  JwtKey(const JwtKey&) = delete;
  JwtKey& operator=(const JwtKey&) = delete;
  ~JwtKey();  // wipes the secret

  bool is_private() const { return !pair || pair->is_private(); }
  std::string sign(std::string_view text) const;
  bool verify(std::string_view text, std::string_view signature) const;
};

struct JwtKeys {
  std::vector<std::shared_ptr<const JwtKey>> all;  // the signing one first
  bool named = false;                              // some key has a kid
};

struct KeySource {
  explicit KeySource(std::shared_ptr<const JwtKeys> first);
  virtual ~KeySource() = default;

  /// The present keys, valid until this thread asks a source again.
  const JwtKeys& local() const;
  std::shared_ptr<const JwtKeys> shared() const;
  void replace(std::shared_ptr<const JwtKeys> other);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const JwtKeys> keys_;
  std::atomic<std::uint64_t> version_;  // unique in the process
};

}  // namespace plinth::detail

namespace plinth::security {

/// A key ready to use. throws std::invalid_argument: see KeyRing
std::shared_ptr<const detail::JwtKey> make_key(SigningKey key);
/// The same of a pair of another algorithm than HMAC.
std::shared_ptr<const detail::JwtKey> make_key(KeyPair pair, std::string algorithm,
                                               std::string kid);

/// The first signs. throws std::invalid_argument: it cannot, or one kid twice
std::shared_ptr<const detail::JwtKeys> make_keys(
    std::vector<std::shared_ptr<const detail::JwtKey>> keys);

/// {"alg":…,"kid":…,"typ":…} in base64url, sorted by name as python-jose writes it.
std::string token_header(const detail::JwtKey& key, std::string_view type);

}  // namespace plinth::security
