// The keys that sign access tokens, and how the application makes and reads one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/core/settings.hpp"

namespace app {

/// The key ring of SECRET_KEY, JWT_ALG and JWT_KEYS_FILE; provided to handlers as `const KeyRing&`.
KeyRing make_key_ring(const Settings& settings);

/// What JWT_ISSUER, JWT_AUDIENCE and JWT_LEEWAY_SECONDS ask of a token; borrows from `settings`.
JwtOptions jwt_options(const Settings& settings);

/// What an access token says. The seed's say `sub` and `exp` alone.
struct AccessClaims {
  std::string sub;  // an e-mail address
  // Separated by spaces; none in a token of the seed's, which has all that its user's role has.
  std::optional<std::string> scope = {};
  std::string sid = {};  // the family of refresh tokens that it belongs to; "" for none
  // What epoch_of (services/tokens.hpp) said of the user when it was made; none in the seed's.
  std::optional<std::int64_t> epoch = {};

  // Set by create_access_token and read_access_token.
  std::string jti = {};  // of a token without one: its SHA-256
  Seconds iat = {};      // of a token without one: exp less ACCESS_TOKEN_EXPIRE_MINUTES
  Seconds exp = {};
};

/// How long an access token is good: ACCESS_TOKEN_EXPIRE_MINUTES.
Seconds access_lifetime(const Settings& settings);

/// A token that expires after the minutes of the settings.
std::string create_access_token(const Settings& settings, const KeyRing& keys,
                                const AccessClaims& claims);

/// Empty: expired, forged, no access token, or without a "sub". Whether it was taken back is not
/// looked at.
std::optional<AccessClaims> read_access_token(std::string_view token, const Settings& settings,
                                              const KeyRing& keys);

}  // namespace app
