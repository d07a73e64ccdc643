#pragma once

#include <cstdint>

#include "app/prelude.hpp"

namespace app {

struct UserCreate {
  Email email;
  Str<min_length(8), max_length(128), check<bcrypt_limits>> password;
};

struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
};

}  // namespace app
