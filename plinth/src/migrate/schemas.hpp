// The two schemas that autogenerate compares: the live one, and what the models want.
#pragma once

#include <vector>

#include "migrate/compare.hpp"
#include "plinth/session.hpp"

namespace plinth::migrate::autogenerate {

struct Schemas {
  Schema live;
  Schema wanted;
  std::vector<Backfill> backfills;
};

/// PostgreSQL spells expressions its own way ((price > (0)::numeric) for price > 0). So it is
/// asked: the models' tables are made as temporary ones and read back, and the transaction is
/// undone. That needs the right to make temporary tables, which everybody has by default.
Task<Schemas> read_schemas(Engine& engine, const MetaData& metadata);
/// The same for any tables.
Task<Schemas> read_schemas(Engine& engine, std::vector<sa::Table> wanted,
                           std::vector<Backfill> backfills = {});

/// `live` in the words of PostgreSQL, where they differ from those of `wanted`; see spell_wanted.
/// Expressions that were written by PostgreSQL and read again are not always spelled the same, so
/// both are brought to what they come to. In the transaction of spell_wanted.
Task<void> spell_again(db::Connection& connection, Schema& live, Schema& wanted);
/// Makes wanted.tables as temporary tables, and fills wanted.spelled.
Task<void> spell_wanted(db::Connection& connection, Schema& wanted);

/// Runs one statement. `can_fail`: within a savepoint; false when it was refused.
Task<bool> run_sql(db::Connection& connection, std::string sql, bool can_fail = false);

}  // namespace plinth::migrate::autogenerate
