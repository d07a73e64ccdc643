// The networks that a user has logged in from, for so long as that counts. Knows no HTTP.
#pragma once

#include <cstdint>
#include <string>

#include "app/models/login_network.hpp"

namespace app {

/// Whether the user of that address has logged in from that network in the last 90 days.
Task<bool> has_logged_in_from(Session& session, std::string email, std::string network);

/// The caller commits.
Task<void> remember_network(Session& session, std::int32_t user_id, std::string network);

/// Deletes what has not been used for 90 days; how many rows. The caller commits.
Task<std::int64_t> purge_login_networks(Session& session);

}  // namespace app
