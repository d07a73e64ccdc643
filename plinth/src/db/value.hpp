// Values of objects, by the rows of their table.
#pragma once

#include "plinth/detail/row.hpp"

namespace plinth::db {

Origin& origin_of(const Column& column, void* object);
Origin origin_of(const Column& column, const void* object);

/// All columns are as one row of the database has them.
void mark_as_read(const Table& table, void* object);

/// The column's value in `object`. Throws DataError naming table and column.
Value value_of(const Table& table, const Column& column, const void* object);

/// The cell that reads this column into an object at `offset`.
Cell cell_of(const Table& table, const Column& column, std::size_t offset = 0);

/// Throws ProgrammingError when a row of `width` columns is not what the cells want.
void check_width(std::span<const Cell> cells, std::size_t width);

/// "users.email", as far as it is known.
std::string name_of(const Cell& cell);

/// Throws DataError, naming the column, for a value that no engine or not this column can hold:
/// NUL or bad UTF-8 in a text, more characters or digits than its length, an integer beyond its
/// type, NaN.
void check_column(const Table& table, const Column& column, const Value& value);
/// What can be known of a value without its column.
void check_parameter(const Value& value);

}  // namespace plinth::db
