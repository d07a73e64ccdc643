#pragma once

#include <cstdint>

#include "app/prelude.hpp"

namespace app {

// What the settings ask beyond that, check_new_password looks at (app/core/security.hpp).
using NewPassword = Str<min_length(8), max_length(128)>;

struct UserCreate {
  Email email;
  NewPassword password;
};

struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
};

}  // namespace app
