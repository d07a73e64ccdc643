#pragma once

#include <string>

#include "app/prelude.hpp"

namespace app {

// An access token that was taken back, kept until it would have expired.
struct RevokedToken {
  static constexpr auto table = "revoked_tokens";

  Column<std::string, max_length(64), primary_key> jti;
  Column<DateTime, indexed> expires_at;
};

}  // namespace app
