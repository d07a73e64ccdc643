// The alembic_version table, as Alembic 1.8 to 1.18 keeps it: a row for each head of what has been
// applied.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/history.hpp"
#include "plinth/detail/table.hpp"

namespace plinth::migrate {

/// As SQLAlchemy writes it, with tabs.
std::string create_version_table(db::Dialect dialect);
/// One row with a boolean or 0/1: whether that table or view is there.
std::string is_there(std::string_view relation, db::Dialect dialect);

std::string insert_version(std::string_view id, db::Dialect dialect);
std::string update_version(std::string_view from, std::string_view to);
std::string delete_version(std::string_view id);

// The statements by which the rows follow a step, in Alembic's order; `rows` follows too. Each
// changes one row.

std::vector<std::string> apply_versions(const History& history, Place applied,
                                        std::vector<Place>& rows, db::Dialect dialect);
std::vector<std::string> undo_versions(const History& history, Place undone,
                                       std::vector<Place>& rows, db::Dialect dialect);
/// All of these rows become the one.
std::vector<std::string> merge_versions(const History& history, const std::vector<Place>& from,
                                        Place to);

}  // namespace plinth::migrate
