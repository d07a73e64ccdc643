// Values as PostgreSQL's parameters: numbers and times in the binary format, texts as they are.
// Source: postgresql.org, src/backend/utils/adt/*.c (the _recv functions).
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

}  // namespace plinth::db
