// Values in SQLite's storage, as SQLAlchemy keeps them there: bool 0/1, times as text in UTC, UUIDs
// as 32 hex digits, enums by name, intervals as a time since 1970, JSON as text.
#pragma once

#include "plinth/detail/table.hpp"

struct sqlite3_stmt;

namespace plinth::db {

/// Binds parameter `index` (from 1). The value must live until the statement is reset. Throws
/// DataError for what SQLite would change silently.
void bind(sqlite3_stmt* statement, int index, const Value& value);

/// The value of a column, as the kind of `type` wants it; of its storage class without a type.
/// Throws DatabaseError, saying what it is instead, when it is of another kind.
Value read(sqlite3_stmt* statement, int index, const detail::Type* type);

}  // namespace plinth::db
