// Arrays in SQLite: a text of JSON, each item as a column of its type would hold it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plinth/detail/table.hpp"

namespace plinth::db {

std::string array_text(const Array& array);
/// Empty when it is no JSON array of items of `list`'s element type.
std::optional<Array> parse_array(std::string_view text, const detail::Type& list);

/// 32 digits, as SQLAlchemy keeps a UUID.
std::string hex_of(const Uuid& uuid);

}  // namespace plinth::db
