// Steps as SQL.
#pragma once

#include <string>
#include <vector>

#include "migrate/step.hpp"

namespace plinth::migrate {

/// Throws CommandError for a batch that SQLite can only make by looking at the table.
std::vector<std::string> step_sql(const Step& step, db::Dialect dialect);
/// The same of one change, where the dialect can make it in place.
std::vector<std::string> change_sql(const Change& change, db::Dialect dialect);

/// Whether SQLite makes this change only by making the table anew; of drop_column: maybe.
bool needs_new_table(const Change& change);
bool needs_new_table(const Batch& batch);
bool needs_new_table(const Recorded& recorded);

/// A value as SQL, the way the driver of the dialect would store it. Throws std::logic_error for
/// what cannot be written (NUL in a text).
std::string literal_sql(const db::Value& value, db::Dialect dialect);
std::string quoted_text(const std::string& text, db::Dialect dialect);

}  // namespace plinth::migrate
