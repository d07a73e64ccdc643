// One migration of a database at a time.
//
// PostgreSQL: an advisory lock of the transaction. Who does not get it asks again later, rather
// than wait inside of a statement: a statement that waits has a snapshot, and CREATE INDEX
// CONCURRENTLY of the one who has the lock would wait for that, for ever.
// SQLite: BEGIN IMMEDIATE.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/driver.hpp"
#include "migrate/log.hpp"
#include "plinth/session.hpp"

namespace plinth::migrate {

/// A transaction that holds the lock, with what alembic_version says. Destroyed without commit, it
/// rolls back.
struct Locked {
  std::unique_ptr<db::Connection> connection;
  std::vector<std::string> ids;
};

/// Makes the version table where there is none. `foreign_keys`: see db::Command.
Task<Locked> lock(Engine& engine, const Log& log, bool foreign_keys = true);
/// PostgreSQL: so that CREATE INDEX CONCURRENTLY on another connection does not wait for this one.
Task<void> let_go_of_snapshot(Locked& locked);
Task<void> commit(Locked& locked);
Task<void> roll_back(Locked& locked);

/// What alembic_version says, without a lock; nothing is made.
Task<std::vector<std::string>> read_versions(Engine& engine);

}  // namespace plinth::migrate
