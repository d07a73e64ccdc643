#pragma once

#include <cstdint>
#include <string>

#include "app/prelude.hpp"

namespace app {

// What a user sees of their own account, from version 2 of the API on: v1's UserRead had is_active,
// which is always true of whoever may ask.
struct Profile {
  std::int64_t id;
  Email email;
  bool email_verified;
  std::string role;
  DateTime created_at;
};

}  // namespace app
