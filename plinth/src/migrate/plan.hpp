// What is about to be run, recorded and checked before anything is.
#pragma once

#include <string>
#include <vector>

#include "migrate/history.hpp"
#include "migrate/step.hpp"

namespace plinth::migrate {

enum class Direction : std::uint8_t { up, down };

/// One revision on its way up or down.
struct Planned {
  Place place;
  Direction direction;
  Recorded recorded;
  bool transactional = true;  // on this database
};

/// Calls the functions of the revisions. Throws CommandError for a revision without the function,
/// or whose operations cannot run as it says: nothing has been done then.
std::vector<Planned> make_plan(const History& history, const std::vector<Place>& path,
                               Direction direction, db::Dialect dialect);

/// "Running upgrade  -> a9ec2e0b323b"
std::string step_title(const History& history, Place place, Direction direction);
/// "Running upgrade  -> a9ec2e0b323b, create users"
std::string running(const History& history, Place place, Direction direction);

/// Tells whether two recordings are the same; for the same dialect only. "1-0123456789abcdef": the
/// first number changes when plinth writes the same operations as other SQL.
std::string checksum_of(const Recorded& recorded, db::Dialect dialect);

}  // namespace plinth::migrate
