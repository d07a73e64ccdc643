// SQLite behind the Driver seam: one connection that writes, several that read, each on threads of
// their own.
//
// Invariants
// - Whoever holds the gate owns the writer, from BEGIN until its transaction has ended.
// - A lease that is dropped in a transaction leaves the rollback, and the gate, to the writer's
//   thread; so nobody enters before it is done.
// - ":memory:" has the writer only: each connection would have a database of its own.
#pragma once

#include <memory>

#include "db/driver.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

/// path  as in the url: relative to the working directory of now, or ":memory:"
std::unique_ptr<Driver> make_sqlite_driver(std::string path, const EngineOptions& options);

}  // namespace plinth::db
