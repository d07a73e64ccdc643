// SQLite's result codes as exceptions.
#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace plinth::db {

/// `status` is what the last call on `db` gave.
[[noreturn]] void throw_sqlite_error(sqlite3* db, int status, const std::string& path,
                                     std::string_view sql);

}  // namespace plinth::db
