// Commands that work on a database.
#pragma once

#include <string>

#include "migrate/history.hpp"
#include "migrate/log.hpp"

namespace plinth::migrate {

/// The id in alembic_version; "" at base or without the table. Throws CommandError when the
/// database is at several revisions.
Task<std::string> read_version(Engine& engine);

/// Step by step, each in one transaction, towards the target. Throws CommandError, or what the
/// database refused.
Task<void> upgrade(Engine& engine, const History& history, std::string target, const Log& log);
Task<void> downgrade(Engine& engine, const History& history, std::string target, const Log& log);

/// Says where the database is, without doing anything to it. `purge` also of a database that is at
/// an unknown revision.
Task<void> stamp(Engine& engine, const History& history, std::string target, bool purge,
                 const Log& log);

/// "Running upgrade  -> a9ec2e0b323b, create users"
std::string running(const History& history, std::size_t from, std::size_t to);
/// The SQL of one step.
std::vector<std::string> step_statements(const History& history, std::size_t from, std::size_t to,
                                         db::Dialect dialect);

}  // namespace plinth::migrate
