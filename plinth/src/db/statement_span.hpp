// What a trace shows of a statement: OpenTelemetry's database conventions.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "base/trace.hpp"
#include "db/driver.hpp"

namespace plinth::db {

struct StatementShape {
  std::string text;        // each literal replaced by '?', without comments
  std::string operation;   // "SELECT"; "" for an empty text
  std::string collection;  // the first table, where it is told by a plain name
};

/// No value is in what it returns: behind one that cannot be told from the rest it ends with "...".
StatementShape shape_of(std::string_view sql);

/// A span of a command that has ended, at those nanoseconds since 1970.
void leave_span(base::Trail& trail, Dialect dialect, std::string_view sql, const Command& command,
                std::int64_t started_ns, std::int64_t ended_ns);
/// Of one whose end nobody saw: its waiter has gone before, or nothing was free to run it.
void leave_unfinished_span(base::Trail& trail, Dialect dialect, std::string_view sql,
                           std::string_view why, std::int64_t started_ns, std::int64_t ended_ns);

/// Whether its message may hold values of a statement.
bool is_database_error(const std::exception_ptr& error);

}  // namespace plinth::db
