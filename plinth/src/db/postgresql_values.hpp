// Values out of PostgreSQL's results, which come in the binary format.
// Source: postgresql.org, src/backend/utils/adt/*.c (the _send functions).
#pragma once

#include <libpq-fe.h>

#include "plinth/detail/table.hpp"

namespace plinth::db {

/// A cell as the kind of value that `type` asks for; null: as the column's own type says. Throws
/// DatabaseError naming the column for what no Value holds.
Value read(const PGresult* result, int row, int column, const detail::Type* type);

}  // namespace plinth::db
