#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/prelude.hpp"

namespace app {

// RFC 6749 5.1. What is empty is left out: the seed's clients are answered as the seed does.
struct Token {
  std::string access_token;
  Str<defaults_to("bearer")> token_type;
  std::optional<std::int64_t> expires_in;    // seconds; for whoever asked for a scope
  std::optional<std::string> refresh_token;  // for whoever asked for offline_access
  std::optional<std::string> scope;          // what was granted, separated by spaces
};

// Also what the OAuth2 password form sends, which calls the e-mail address "username".
struct Login {
  Field<Email, also_named("username")> email;
  std::string password;
  Str<defaults_to(""), max_length(1024)> scope;  // separated by spaces
};

// RFC 6749 6.
struct RefreshRequest {
  Str<max_length(512), sensitive> refresh_token;
  std::optional<Literal<"refresh_token">> grant_type;
  Str<defaults_to(""), max_length(1024)> scope;  // fewer than at login; for this access token
};

// RFC 7009 2.1.
struct RevokeRequest {
  Str<max_length(8192), sensitive> token;
  std::optional<std::string> token_type_hint;  // not needed: the kinds look different
};

}  // namespace app
