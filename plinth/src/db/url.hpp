// DATABASE_URL, in the spellings that SQLAlchemy's users have in their .env.
#pragma once

#include <string>
#include <string_view>

#include "db/postgresql_url.hpp"
#include "plinth/detail/table.hpp"

namespace plinth::db {

struct Url {
  Dialect dialect;
  std::string path;  // SQLite: a file, or ":memory:"
  PostgresqlUrl postgresql = {};
};

/// Throws std::invalid_argument, naming the fix.
Url parse_url(std::string_view url);

/// The url with "***" for its password.
std::string without_password(std::string_view url);

}  // namespace plinth::db
