// Times as the text that SQLAlchemy's SQLite dialect keeps: "2026-11-22 15:07:09.514340".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plinth/datetime.hpp"

namespace plinth::db {

/// Microseconds since 1970 as text, always with six digits of fraction.
std::string civil_text(std::int64_t microseconds);
/// Also without a fraction, with 'T', and with an offset ("Z", "+02:00"); as CURRENT_TIMESTAMP
/// and other writers leave it. Without an offset it is UTC.
std::optional<std::int64_t> parse_civil(std::string_view text);

std::string clock_text(std::int64_t microseconds);
std::optional<std::int64_t> parse_clock(std::string_view text);
std::optional<Date> parse_date(std::string_view text);

}  // namespace plinth::db
