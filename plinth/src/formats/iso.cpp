// Dates, times and durations as text.
#include <charconv>
#include <cstdlib>

#include "formats/calendar.hpp"
#include "formats/datetime.hpp"

namespace plinth::formats {

namespace {

// As many of the last digits as `width`.
template <class T>
void append_digits(std::string& out, T value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

void append_number(std::string& out, std::uint64_t value) {
  char buffer[20];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void append_date(std::string& out, std::int64_t days) {
  const auto date = civil_from_days(days);
  append_digits(out, date.year, 4);
  out += '-';
  append_digits(out, date.month, 2);
  out += '-';
  append_digits(out, date.day, 2);
}

void append_clock(std::string& out, std::int64_t microseconds) {
  const auto seconds = microseconds / microseconds_per_second;
  append_digits(out, seconds / 3600, 2);
  out += ':';
  append_digits(out, seconds / 60 % 60, 2);
  out += ':';
  append_digits(out, seconds % 60, 2);
  if (microseconds % microseconds_per_second == 0) return;
  out += '.';
  append_digits(out, microseconds % microseconds_per_second, 6);
}

void append_offset(std::string& out, std::int32_t offset_seconds, std::string_view utc) {
  if (offset_seconds == 0) {
    out += utc;
    return;
  }
  const int minutes = std::abs(offset_seconds) / 60;
  out += offset_seconds < 0 ? '-' : '+';
  append_digits(out, minutes / 60, 2);
  out += ':';
  append_digits(out, minutes % 60, 2);
}

std::string iso(const DateTime& value, std::string_view utc) {
  std::string out;
  out.reserve(32);
  const auto reading = value.microseconds + value.offset_seconds * microseconds_per_second;
  const auto days = floor_divide(reading, microseconds_per_day);
  append_date(out, days);
  out += 'T';
  append_clock(out, reading - days * microseconds_per_day);
  if (!value.naive) append_offset(out, value.offset_seconds, utc);
  return out;
}

std::string iso(const Time& value, std::string_view utc) {
  std::string out;
  append_clock(out, value.microseconds);
  if (!value.naive) append_offset(out, value.offset_seconds, utc);
  return out;
}

}  // namespace

std::string python_iso(const DateTime& value) { return iso(value, "+00:00"); }

std::string python_iso(const Time& value) { return iso(value, "+00:00"); }

}  // namespace plinth::formats

namespace plinth {

std::string DateTime::iso() const { return formats::iso(*this, "Z"); }

std::string Time::iso() const { return formats::iso(*this, "Z"); }

std::string Date::iso() const {
  std::string out;
  formats::append_date(out, days);
  return out;
}

// Years are of 365 days; there are no months and weeks. Source: speedate 0.17, Display for
// Duration.
std::string Duration::iso() const {
  using namespace formats;
  if (microseconds == 0) return "PT0S";
  std::string out = microseconds < 0 ? "-P" : "P";
  auto part = [&](std::uint64_t value, char unit) {
    if (value == 0) return;
    append_number(out, value);
    out += unit;
  };
  const auto magnitude = microseconds < 0 ? 0 - static_cast<std::uint64_t>(microseconds)
                                          : static_cast<std::uint64_t>(microseconds);
  constexpr std::uint64_t day = microseconds_per_day;
  constexpr std::uint64_t second = microseconds_per_second;
  const auto day_count = magnitude / day;
  part(day_count / 365, 'Y');
  part(day_count % 365, 'D');
  const auto rest = magnitude % day;
  if (rest == 0) return out;
  out += 'T';
  const auto seconds = rest / second;
  part(seconds / 3600, 'H');
  part(seconds / 60 % 60, 'M');
  const auto fraction = rest % second;
  if (fraction == 0) {
    part(seconds % 60, 'S');
    return out;
  }
  append_number(out, seconds % 60);
  out += '.';
  append_digits(out, fraction, 6);
  out.erase(out.find_last_not_of('0') + 1);
  out += 'S';
  return out;
}

}  // namespace plinth
