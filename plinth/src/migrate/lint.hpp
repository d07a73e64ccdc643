// What a revision would do to a large table in use, on PostgreSQL, and the way that does not.
//
// Source: PostgreSQL 15, "Explicit Locking" and the notes of ALTER TABLE and CREATE INDEX.
#pragma once

#include <string>
#include <vector>

#include "migrate/history.hpp"

namespace plinth::migrate {

struct LintFinding {
  std::string revision;
  std::string text;
};

/// Of the upgrades of these revisions; tables that a revision makes itself are empty and do not
/// count. A revision with `.lint = false` is passed over.
std::vector<LintFinding> lint(const History& history, const std::vector<Place>& path);

}  // namespace plinth::migrate
