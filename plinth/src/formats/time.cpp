#include <cmath>

#include "formats/clock_text.hpp"
#include "formats/datetime.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view too_large = "numeric times may not exceed 86,399 seconds";
constexpr std::string_view negative = "time in seconds should be positive";

Problem time_problem(std::string_view error) {
  return error_problem("time_parsing", "Input should be in a valid time format, ", error);
}

}  // namespace

Parsed<Time> time_from_text(std::string_view text) {
  auto time = read_time(text);
  if (!time) return time_problem(time.error);
  const auto offset = time.value.offset_seconds;
  return Time{time.value.microseconds, offset.value_or(0), !offset.has_value()};
}

Parsed<Time> time_from_integer(std::int64_t seconds) {
  if (seconds < 0) return time_problem(negative);
  if (seconds >= seconds_per_day) return time_problem(too_large);
  return Time{seconds * microseconds_per_second, 0, false};
}

Parsed<Time> time_from_number(double seconds) {
  if (std::isnan(seconds)) return time_problem(nan_refused);
  if (seconds < 0) return time_problem(negative);
  if (seconds >= static_cast<double>(seconds_per_day)) return time_problem(too_large);
  const auto microseconds = std::llround(seconds * static_cast<double>(microseconds_per_second));
  if (microseconds >= microseconds_per_day) return time_problem(too_large);
  return Time{microseconds, 0, false};
}

}  // namespace plinth::formats
