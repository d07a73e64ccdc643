// What a KeyRing holds: its keys, ready to use.
#pragma once

#include <string>
#include <vector>

#include "plinth/security.hpp"
#include "security/hmac.hpp"

namespace plinth::detail {

struct JwtKey {
  SigningKey key;
  security::HashName hash;
  std::string header;  // of the tokens it signs, in base64url
};

struct JwtKeys {
  std::vector<JwtKey> all;  // the signing one first
  bool named = false;       // some key has a kid

  ~JwtKeys();  // wipes the secrets
};

}  // namespace plinth::detail
