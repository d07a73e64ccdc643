// postgresql://… as libpq's connection parameters, in the spellings of SQLAlchemy, asyncpg and
// libpq.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::db {

struct PostgresqlUrl {
  std::vector<std::pair<std::string, std::string>> parameters;  // libpq's keywords
  bool pgbouncer = false;  // ?pgbouncer=true: another statement may meet another server connection
};

/// rest  what follows "postgresql://". Throws std::invalid_argument, naming the fix.
/// Source: postgresql.org, 34.1.1.2 (connection URIs); sqlalchemy.engine.url
PostgresqlUrl parse_postgresql_url(std::string_view rest);

}  // namespace plinth::db
