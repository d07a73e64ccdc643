// Statements for a connection.
#pragma once

#include <string>
#include <vector>

#include "db/driver.hpp"

namespace plinth::migrate {

db::Command statement(std::string sql);
/// Keeps its rows.
db::Command query(std::string sql);
std::vector<std::vector<db::Value>>& rows_of(db::Work& work, std::size_t index);
/// Whether the first value of the first row is neither 0 nor false.
bool is_true(db::Work& work, std::size_t index);

/// In one piece; nothing when there are none.
Task<void> run_all(db::Connection& connection, std::vector<std::string> statements);

}  // namespace plinth::migrate
