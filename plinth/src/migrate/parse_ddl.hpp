// CREATE TABLE and CREATE INDEX, read back: SQLite keeps their texts, PostgreSQL tells an index's.
#pragma once

#include <string_view>

#include "plinth/detail/ddl.hpp"

namespace plinth::migrate {

/// The constraints of a CREATE TABLE, those of its columns among them, in order. A foreign key
/// that names no columns of its target has empty targets: "teams.".
std::vector<sa::TableItem> constraints_of(std::string_view create_table);

/// Throws std::logic_error for what is no CREATE INDEX.
sa::Index parse_index(std::string_view create_index);

}  // namespace plinth::migrate
