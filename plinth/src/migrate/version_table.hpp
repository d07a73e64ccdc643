// The alembic_version table, as Alembic 1.8 to 1.18 keeps it: a row with the current revision.
#pragma once

#include <string>
#include <string_view>

#include "plinth/detail/table.hpp"

namespace plinth::migrate {

/// As SQLAlchemy writes it, with tabs.
std::string create_version_table(db::Dialect dialect);
/// One row with a boolean or 0/1: whether the table is there.
std::string version_table_exists(db::Dialect dialect);
/// Moves the row; "" is base. `returning` as Alembic has it on PostgreSQL.
std::string move_version(std::string_view from, std::string_view to, db::Dialect dialect);

}  // namespace plinth::migrate
