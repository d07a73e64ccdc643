// Values as PostgreSQL's parameters and out of its results, in the binary format.
// Source: postgresql.org, src/backend/utils/adt/*.c (the _recv and _send functions).
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "plinth/detail/table.hpp"

namespace plinth::db {

/// The type that a value is declared as; 0: PostgreSQL infers it.
Oid declared_type(const Value& value);

/// The arrays that libpq wants; used again for each statement. Valid until the next assign(), as
/// long as the values live.
class PostgresqlParameters {
 public:
  void assign(std::span<const Value> values);

  int count() const { return static_cast<int>(values_.size()); }
  const Oid* types() const { return types_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  struct Writer;

  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::vector<std::size_t> offsets_;  // into the buffer, for those that lie there
  std::string buffer_;
};

/// A cell as the kind of value that `type` asks for; null: as the column's own type says. Throws
/// DatabaseError naming the column for what no Value holds.
Value read(const PGresult* result, int row, int column, const detail::Type* type);

}  // namespace plinth::db
