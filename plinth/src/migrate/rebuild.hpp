// A batch on SQLite: the table made anew, its rows copied, the new one put in its place.
//
// Source: sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes". The
// transaction must have begun with Command::foreign_keys = false: otherwise dropping the old table
// would delete, by ON DELETE, rows of the tables that refer to it.
#pragma once

#include "db/driver.hpp"
#include "migrate/step.hpp"

namespace plinth::migrate {

/// Throws CommandError for a table, column or constraint that is not there.
Task<void> run_batch(db::Connection& connection, Batch batch);

}  // namespace plinth::migrate
