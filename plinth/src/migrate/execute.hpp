// Recorded steps, run on a connection.
#pragma once

#include "db/driver.hpp"
#include "migrate/log.hpp"
#include "migrate/step.hpp"
#include "plinth/session.hpp"

namespace plinth::migrate {

/// In the open transaction. Throws where a table made anew leaves foreign keys without a target.
Task<void> run_in_transaction(db::Connection& connection, const Recorded& recorded,
                              db::Dialect dialect);

/// PostgreSQL, each statement for itself. Indexes and enum values that an earlier, interrupted run
/// has made are passed over; an index that it left invalid is made again.
Task<void> run_alone(Engine& engine, const Recorded& recorded, const Log& log);

}  // namespace plinth::migrate
