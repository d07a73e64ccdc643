// Autogenerate's changes, found in a database and run on it.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "migrate/apply.hpp"
#include "migrate/execute.hpp"
#include "migrate/schemas.hpp"
#include "support/database.hpp"

namespace autogenerate_support {

using namespace plinth;
namespace autogenerate = migrate::autogenerate;

/// How many schemas are tried; more with PLINTH_AUTOGENERATE_ROUNDS. A server is asked slowly.
inline std::uint64_t rounds() {
  if (const char* asked = std::getenv("PLINTH_AUTOGENERATE_ROUNDS")) {
    return std::strtoull(asked, nullptr, 10);
  }
  return support::by_engine<std::uint64_t>(40, 8);
}

inline Task<autogenerate::Comparison> compared(Engine& engine, std::vector<sa::Table> wanted,
                                               std::vector<autogenerate::Backfill> backfills = {}) {
  const auto schemas = co_await autogenerate::read_schemas(engine, std::move(wanted), backfills);
  co_return autogenerate::compare(schemas.live, schemas.wanted, schemas.backfills,
                                  engine.dialect());
}

inline Task<void> applied(Engine& engine, autogenerate::Changes changes) {
  Operations operations(engine.dialect());
  autogenerate::apply(changes, operations);
  auto connection = co_await engine.driver().acquire();
  auto begin = std::make_shared<db::Work>();
  begin->commands.push_back(db::control(db::Command::Kind::begin));
  begin->commands.back().foreign_keys = false;
  co_await connection->run(begin);
  co_await migrate::run_in_transaction(*connection, operations.recorded(), engine.dialect());
  auto commit = std::make_shared<db::Work>();
  commit->commands.push_back(db::control(db::Command::Kind::commit));
  co_await connection->run(commit);
}

}  // namespace autogenerate_support
