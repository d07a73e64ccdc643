#pragma once

#include <cstdint>
#include <string>

#include "app/models/user.hpp"

namespace app {

// From where somebody has logged in: there an attack on the account from elsewhere does not lock
// its owner out.
struct LoginNetwork {
  static constexpr auto table = "login_networks";

  Column<std::int64_t, primary_key> id;
  Column<std::int32_t, foreign_key<&User::id>(OnDelete::cascade)> user_id;
  Column<std::string, max_length(64)> network;  // "203.0.113.7", "2001:db8:1:2::/64"
  Column<DateTime, indexed> last_login_at;

  static constexpr Index indexes[] = {
      {.name = "uq_login_networks_user_id_network", .on = "user_id, network", .unique = true}};
};

}  // namespace app
