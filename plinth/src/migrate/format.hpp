// A revision as Alembic prints it.
#pragma once

#include <string>

#include "migrate/history.hpp"

namespace plinth::migrate {

struct LineOptions {
  bool branches = false;  // " (billing)"
  bool message = false;
  bool parents = false;  // "a9ec2e0b323b -> "
  bool tree = true;      // " (branchpoint)", " (mergepoint)"
  bool current = false;  // " (current)"
};

/// One line, without its end.
std::string line_of(const History& history, Place place, const LineOptions& options = {});
/// "Rev: …", "Parent: …" and the rest, as show prints it.
std::string entry_of(const History& history, Place place, bool current = false);

}  // namespace plinth::migrate
