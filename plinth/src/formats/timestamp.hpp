// Unix time as a number or as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "formats/clock_text.hpp"

namespace plinth::formats {

/// Seconds, or milliseconds where it is beyond ±2e10. Microseconds since 1970, of the years 0 to
/// 9999.
Reading<std::int64_t> read_timestamp(std::int64_t timestamp);
Reading<std::int64_t> read_timestamp(double timestamp);

/// An integer, or a number where there is a point before any exponent; nothing when it is neither.
using TimestampText = std::variant<std::monostate, std::int64_t, double>;
TimestampText parse_timestamp(std::string_view text);

}  // namespace plinth::formats
