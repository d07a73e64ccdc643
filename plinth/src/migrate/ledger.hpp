// Which revisions were applied as what: by it an applied revision that was edited afterwards is
// found out.
//
// It is a view of constants, plinth_migrations(revision, checksum, applied_at). A table would be in
// the way: Alembic's autogenerate and check propose to drop tables that no model has, but do not
// look at views. alembic_version has Alembic's columns only, and SQLite has no comments.
#pragma once

#include <string>
#include <vector>

#include "db/driver.hpp"
#include "migrate/plan.hpp"

namespace plinth::migrate {

struct LedgerEntry {
  std::string revision;
  std::string checksum;
  std::string applied_at;  // UTC
};
using Ledger = std::vector<LedgerEntry>;

/// Empty when there is none.
Task<Ledger> read_ledger(db::Connection& connection, db::Dialect dialect);
Task<Ledger> read_ledger(db::Driver& driver);
/// The statements that replace it; of an empty one: that remove it.
std::vector<std::string> write_ledger(const Ledger& ledger, db::Dialect dialect);

/// With this revision as it is now; or without it.
void enter(Ledger& ledger, std::string_view revision, std::string checksum);
void strike(Ledger& ledger, std::string_view revision);

/// Throws CommandError for an applied revision that is no longer what was applied.
void check_unedited(const History& history, const Places& applied, const Ledger& ledger,
                    db::Dialect dialect);

}  // namespace plinth::migrate
