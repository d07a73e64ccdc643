#include <array>
#include <cmath>
#include <limits>

#include "formats/clock_text.hpp"
#include "formats/datetime.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view value_too_large = "a numeric value in the duration is too large";
constexpr std::string_view hours_too_large = "durations may not exceed 999,999,999 hours";
// Python's limit is 999,999,999 days; 64 bits of microseconds hold these.
constexpr std::int64_t days_max =
    std::numeric_limits<std::int64_t>::max() / microseconds_per_day - 1;
constexpr std::string_view days_too_large = "durations may not exceed 106,751,990 days";
constexpr std::int64_t python_days_max = 999'999'999;
constexpr std::string_view python_days_too_large = "durations may not exceed 999,999,999 days";

Problem problem(std::string_view error) {
  return error_problem("time_delta_parsing", "Input should be a valid timedelta, ", error);
}

// Without sign. Days are apart, since they may be too many for microseconds.
struct Span {
  std::int64_t days = 0;
  std::int64_t microseconds = 0;
};

struct Quantity {
  std::int64_t whole = 0;
  double fraction = 0;
  bool has_fraction = false;
  std::size_t size = 0;  // bytes read
};

constexpr std::int64_t whole_max = std::numeric_limits<std::uint32_t>::max();

Reading<Quantity> read_quantity(std::string_view text) {
  Quantity quantity;
  auto& i = quantity.size;
  if (text.empty() || !is_digit(text[0])) return "invalid digit in duration";
  for (; i < text.size() && is_digit(text[i]); ++i) {
    quantity.whole = quantity.whole * 10 + (text[i] - '0');
    if (quantity.whole > whole_max) return value_too_large;
  }
  if (i == text.size() || (text[i] != '.' && text[i] != ',')) return quantity;
  quantity.has_fraction = true;
  constexpr double denominator_max = 1e17;  // beyond it digits no longer count
  double numerator = 0;
  double denominator = 1;
  for (++i; i < text.size() && is_digit(text[i]); ++i) {
    if (denominator >= denominator_max) continue;
    numerator = numerator * 10 + (text[i] - '0');
    denominator *= 10;
  }
  quantity.fraction = numerator / denominator;
  return quantity;
}

// Seconds in one of the unit; 0 when it is none.
std::int64_t unit_seconds(char unit, bool time_part) {
  switch (unit) {
    case 'Y':
      return time_part ? 0 : 365 * seconds_per_day;
    case 'M':
      return time_part ? 60 : 30 * seconds_per_day;
    case 'W':
      return time_part ? 0 : 7 * seconds_per_day;
    case 'D':
      return time_part ? 0 : seconds_per_day;
    case 'H':
      return time_part ? 3600 : 0;
    case 'S':
      return time_part ? 1 : 0;
    default:
      return 0;
  }
}

// What follows the "P" of an ISO 8601 duration.
Reading<Span> read_iso(std::string_view text) {
  if (text.size() < 2) {
    if (text.empty() || text == "T") return too_short;
  }
  Span span;
  std::int64_t date_days = 0;
  std::int64_t time_seconds = 0;
  bool time_part = false;
  bool had_fraction = false;
  while (!text.empty()) {
    if (text[0] == 'T') {
      if (time_part) return "`t` character repeated in duration";
      time_part = true;
      text.remove_prefix(1);
      continue;
    }
    auto quantity = read_quantity(text);
    if (!quantity) return quantity.error;
    if (had_fraction) return "quantity fraction invalid in duration";
    had_fraction = quantity.value.has_fraction;
    text.remove_prefix(quantity.value.size);
    const auto seconds = text.empty() ? 0 : unit_seconds(text[0], time_part);
    if (seconds == 0) {
      return time_part ? "quantity invalid in time part of duration"
                       : "quantity invalid in date part of duration";
    }
    text.remove_prefix(1);
    if (time_part) {
      time_seconds += quantity.value.whole * seconds;
    } else {
      date_days += quantity.value.whole * (seconds / seconds_per_day);
    }
    if (date_days > whole_max || time_seconds > whole_max) return value_too_large;
    span.microseconds += std::llround(quantity.value.fraction * static_cast<double>(seconds) * 1e6);
  }
  span.days = date_days;
  span.microseconds += time_seconds * microseconds_per_second;
  return span;
}

// "HH:MM[:SS[.f]]" with any number of hours.
Reading<Span> read_hours(std::string_view text) {
  constexpr std::int64_t hours_max = 2'400'000'000;
  constexpr std::size_t rest_size_max = 12;  // "00:00.000000"; what is behind is cut
  if (text.size() < 5) return too_short;
  const auto colon = text.find(':');
  if (colon == text.npos) return "invalid character in hour";
  if (colon > 10) return hours_too_large;
  std::int64_t hours = 0;
  for (char c : text.substr(0, colon)) {
    if (!is_digit(c)) return "invalid character in hour";
    hours = hours * 10 + (c - '0');
  }
  if (hours > hours_max) return hours_too_large;

  const auto rest = text.substr(colon + 1, rest_size_max);
  std::array<char, 3 + rest_size_max> within_day = {'0', '0', ':'};
  rest.copy(within_day.data() + 3, rest.size());
  auto clock = read_clock({within_day.data(), 3 + rest.size()});
  if (!clock) return clock.error;
  if (clock.value.size < 3 + rest.size()) return extra_characters;
  return Span{hours / 24, hours % 24 * 3600 * microseconds_per_second + clock.value.microseconds};
}

// "2 days, 12:00:00", "2d", "2 D 12:00"
Reading<Span> read_days_and_hours(std::string_view text) {
  constexpr std::string_view bad_days = "\"day\" identifier in duration not correctly formatted";
  auto skip = [&](std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
  };
  std::int64_t days = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    days = days * 10 + (text[digits] - '0');
    if (days > whole_max) return value_too_large;
  }
  if (digits == 0) return "invalid digit in duration";
  text.remove_prefix(digits);

  if (text.starts_with(" d") || text.starts_with(" D")) skip(" ");
  if (!skip("d") && !skip("D")) return bad_days;
  if (!skip("ays") && !skip("ay") && !skip("AYS") && !skip("AY") &&
      (text.starts_with('a') || text.starts_with('A'))) {
    return bad_days;
  }
  if (!skip(", ") && !skip(",")) skip(" ");
  if (text.empty()) return Span{days, 0};

  auto hours = read_hours(text);
  if (!hours) return hours.error;
  if (hours.value.days > 0) return hours_too_large;
  return Span{days, hours.value.microseconds};
}

Reading<Span> read_span(std::string_view text) {
  if (text.empty()) return too_short;
  if (text[0] == 'P') return read_iso(text.substr(1));
  if (text.size() < 5 || text.find_first_of("dD") != text.npos) return read_days_and_hours(text);
  return read_hours(text);
}

}  // namespace

Parsed<Duration> duration_from_text(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto span = read_span(text);
  if (!span) return problem(span.error);
  const auto days = span.value.days + span.value.microseconds / microseconds_per_day;
  if (days > python_days_max) return problem(python_days_too_large);
  if (days > days_max) return problem(days_too_large);
  const auto microseconds = span.value.days * microseconds_per_day + span.value.microseconds;
  return Duration{negative ? -microseconds : microseconds};
}

Parsed<Duration> duration_from_integer(std::int64_t seconds) {
  constexpr std::int64_t seconds_max = days_max * seconds_per_day;
  if (seconds > python_days_max * seconds_per_day || seconds < -python_days_max * seconds_per_day) {
    return problem(python_days_too_large);
  }
  if (seconds > seconds_max || seconds < -seconds_max) return problem(days_too_large);
  return Duration{seconds * microseconds_per_second};
}

Parsed<Duration> duration_from_number(double seconds) {
  if (std::isnan(seconds)) return problem(nan_refused);
  const double whole = std::trunc(seconds);
  if (std::abs(whole) > static_cast<double>(python_days_max * seconds_per_day)) {
    return problem(python_days_too_large);
  }
  auto duration = duration_from_integer(static_cast<std::int64_t>(whole));
  if (duration) duration.value->microseconds += std::llround((seconds - whole) * 1e6);
  return duration;
}

double total_seconds(const Duration& value) {
  return static_cast<double>(value.microseconds) / 1e6;
}

}  // namespace plinth::formats
