#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/models/user.hpp"

namespace app {

// What a link in an e-mail carries: good once, for one purpose, for a while.
struct OneTimeToken {
  static constexpr auto table = "one_time_tokens";

  Column<std::int64_t, primary_key> id;
  Column<std::int32_t, foreign_key<&User::id>(OnDelete::cascade), indexed> user_id;
  Column<std::string, max_length(32)> purpose;                      // "verify_email"
  Column<std::string, max_length(64), unique, indexed> token_hash;  // SHA-256, hexadecimal
  Column<std::string, max_length(320)> email;                       // the address it was sent to
  Column<DateTime, server_default("now()")> created_at;
  Column<DateTime> expires_at;
  Column<std::optional<DateTime>> used_at;
};

}  // namespace app
