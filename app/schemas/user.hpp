#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/prelude.hpp"

namespace app {

// What a password that somebody chooses must be. What the settings ask beyond that,
// check_new_password looks at (app/core/passwords.hpp).
using NewPassword = Str<min_length(8), max_length(128)>;

using Role = Literal<"user", "admin">;

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

// What administrators see and write. A member that they may not write is refused, not ignored.

struct UserAdminRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
  std::string role;
  std::optional<DateTime> email_verified_at;
};

struct UserAdminCreate {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  Email email;
  NewPassword password;
  Field<Role, defaults_to("user")> role;
  Bool<defaults_to(true)> is_active;
};

// What is left out, or null, stays as it is.
struct UserUpdate {
  static constexpr ModelConfig model_config{.forbid_extra = true};

  std::optional<Email> email;
  std::optional<bool> is_active;
  std::optional<Role> role;
};

struct UserFilter {
  std::optional<bool> is_active;
  std::optional<Role> role;
};

}  // namespace app
