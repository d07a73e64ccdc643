// The driver for PostgreSQL: a pool of connections on each thread that uses it.
#pragma once

#include <memory>

#include "db/driver.hpp"
#include "db/postgresql_url.hpp"

namespace plinth::db {

std::unique_ptr<Driver> make_postgresql_driver(PostgresqlUrl url, const EngineOptions& options);

}  // namespace plinth::db
