// Commands that work on a database.
#pragma once

#include <string>
#include <vector>

#include "migrate/history.hpp"
#include "migrate/log.hpp"

namespace plinth::migrate {

/// The places of the ids in alembic_version. Throws CommandError for one that is not known here.
std::vector<Place> places_of(const History& history, const std::vector<std::string>& ids);

/// Step by step towards the target, each in one transaction as far as it can be. Throws
/// CommandError before anything is run where the revisions forbid it, or what the database refused.
Task<void> upgrade(Engine& engine, const History& history, std::string target, const Log& log);
Task<void> downgrade(Engine& engine, const History& history, std::string target, const Log& log);

/// Says where the database is, without doing anything to it, and that its revisions are as they are
/// now. `purge` also of a database that is at an unknown revision.
Task<void> stamp(Engine& engine, const History& history, std::vector<std::string> targets,
                 bool purge, const Log& log);

/// Makes alembic_version where there is none.
Task<void> ensure_version(Engine& engine, const Log& log);

}  // namespace plinth::migrate
