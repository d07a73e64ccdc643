#pragma once

#include <cstdint>
#include <string>

#include "app/prelude.hpp"

namespace app {

struct User {
  static constexpr auto table = "users";

  Column<std::int32_t, primary_key> id;
  Column<std::string, max_length(320), unique, indexed> email;
  Column<std::string, max_length(128)> hashed_password;
  Column<bool, defaults_to(true)> is_active;
  Column<DateTime, server_default("now()")> created_at;
  Column<std::string, max_length(32), defaults_to("user"), server_default("'user'")> role;
  Column<std::optional<DateTime>> email_verified_at;
  Column<std::optional<DateTime>> tokens_valid_after;  // those made before are no good

  // One account an address, whatever its letter case.
  static constexpr Index indexes[] = {
      {.name = "uq_users_email_lower", .on = "lower(email)", .unique = true}};
};

}  // namespace app
