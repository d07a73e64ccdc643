#include "formats/timestamp.hpp"

#include <charconv>
#include <cmath>

namespace plinth::formats {

namespace {

constexpr std::int64_t milliseconds_above = 20'000'000'000;
constexpr std::int64_t seconds_min = -62'167'219'200;  // 0000-01-01T00:00:00
constexpr std::int64_t seconds_max = 253'402'300'799;  // 9999-12-31T23:59:59

constexpr std::string_view too_early = "dates before 0000 are not supported as unix timestamps";
constexpr std::string_view too_late = "dates after 9999 are not supported as unix timestamps";

}  // namespace

Reading<std::int64_t> read_timestamp(std::int64_t timestamp) {
  const bool milliseconds = timestamp > milliseconds_above || timestamp < -milliseconds_above;
  const std::int64_t seconds = milliseconds ? floor_divide(timestamp, 1000) : timestamp;
  if (seconds < seconds_min) return too_early;
  if (seconds > seconds_max) return too_late;
  return timestamp * (milliseconds ? 1000 : microseconds_per_second);
}

Reading<std::int64_t> read_timestamp(double timestamp) {
  if (std::isnan(timestamp)) return nan_refused;
  double seconds = timestamp;
  if (std::abs(timestamp) > static_cast<double>(milliseconds_above)) seconds /= 1000;
  const double whole = std::floor(seconds);
  if (whole < static_cast<double>(seconds_min)) return too_early;
  if (whole > static_cast<double>(seconds_max)) return too_late;
  const auto microseconds =
      std::llround((seconds - whole) * static_cast<double>(microseconds_per_second));
  const auto all = static_cast<std::int64_t>(whole) * microseconds_per_second + microseconds;
  if (all >= (seconds_max + 1) * microseconds_per_second) return too_late;
  return all;
}

TimestampText parse_timestamp(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return {};
  }
  const char* end = text.data() + text.size();
  std::int64_t integer = 0;
  auto whole = std::from_chars(text.data(), end, integer);
  if (whole.ec == std::errc() && whole.ptr == end) return integer;

  auto digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const auto point = digits.find_first_not_of("0123456789");
  if (point == digits.npos || digits[point] != '.') return {};
  double number = 0;
  auto real = std::from_chars(text.data(), end, number);
  if (real.ec != std::errc() || real.ptr != end) return {};
  return number;
}

}  // namespace plinth::formats
