// What PostgreSQL answers instead of rows, as the exceptions of session.hpp.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace plinth::db {

/// What may be done after an error.
enum class Remedy : std::uint8_t {
  none,
  prepare_again,  // the server does not know the prepared statement, or its result has changed
  again,          // cancelled, perhaps in place of a neighbour
  transaction     // it would write, and was not in a transaction that may
};

struct PostgresqlError {
  std::exception_ptr error;
  Remedy remedy = Remedy::none;
};

/// The error of a result. The values of rows, which PostgreSQL puts into DETAIL, are left out.
/// Source: postgresql.org, appendix A (error codes)
PostgresqlError error_of(const PGresult* result, std::string_view sql);

/// Of a connection that could not be made, or has ended: libpq's message on one line.
std::string why_not_connected(const PGconn* connection);

}  // namespace plinth::db
