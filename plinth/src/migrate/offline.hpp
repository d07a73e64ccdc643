// upgrade, downgrade and stamp as an SQL script, without a database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/history.hpp"
#include "migrate/log.hpp"

namespace plinth::migrate {

/// range  "head", "a:b", "a:+1"; without "a:" from base
std::string upgrade_script(const History& history, std::string_view range, db::Dialect dialect,
                           const Log& log);
/// range  "a:b". Throws CommandError without the ':'.
std::string downgrade_script(const History& history, std::string_view range, db::Dialect dialect,
                             const Log& log);
/// words  "head", "a:b"; several, with one start
std::string stamp_script(const History& history, const std::vector<std::string>& words,
                         db::Dialect dialect, const Log& log);

}  // namespace plinth::migrate
