#pragma once

#include <string>

#include "app/prelude.hpp"

namespace app {

struct Token {
  std::string access_token;
  Str<defaults_to("bearer")> token_type;
};

// Also what the OAuth2 password form sends, which calls the e-mail address "username".
struct Login {
  Field<Email, also_named("username")> email;
  std::string password;
};

}  // namespace app
