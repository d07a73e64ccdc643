#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/models/user.hpp"

namespace app {

// A refresh token is good once: using it makes the next one of its family. One that comes again was
// stolen, from whoever used it first or second: the family ends.
struct RefreshToken {
  static constexpr auto table = "refresh_tokens";

  Column<std::int64_t, primary_key> id;
  Column<std::int32_t, foreign_key<&User::id>(OnDelete::cascade), indexed> user_id;
  Column<std::string, max_length(36), indexed> family;
  Column<std::string, max_length(64), unique, indexed> token_hash;  // SHA-256, hexadecimal
  Column<std::string, max_length(1024)> scope;                      // separated by spaces
  Column<DateTime, server_default("now()")> created_at;
  Column<DateTime> expires_at;
  Column<std::optional<DateTime>> used_at;
  Column<std::optional<DateTime>> revoked_at;
};

}  // namespace app
