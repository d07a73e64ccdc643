// Points and spans of time as values. Stand for datetime.datetime, date, time and timedelta.
// Conversions to std::chrono are in plinth/chrono.hpp.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth {

/// An instant, with the offset from UTC it was written with, or without any (naive).
struct DateTime {
  std::int64_t microseconds =
      0;  // since 1970-01-01T00:00:00 UTC; of a naive one: of its own reading
  std::int32_t offset_seconds = 0;
  bool naive = false;

  static DateTime now();  // UTC; the clock may be a test's, see plinth/testing.hpp
  /// "2026-11-22T14:49:05.514340Z": six digits of fraction or none, "Z" for offset 0, "+02:00",
  /// nothing when naive.
  std::string iso() const;
  /// Pydantic's grammar in lax mode, also Unix numbers; empty when it is none.
  static std::optional<DateTime> parse(std::string_view text);

  friend bool operator==(const DateTime& a, const DateTime& b) {
    return a.microseconds == b.microseconds && a.naive == b.naive;
  }
  friend std::strong_ordering operator<=>(const DateTime& a, const DateTime& b) {
    return a.microseconds <=> b.microseconds;
  }
};

struct Date {
  std::int32_t days = 0;  // since 1970-01-01
  std::string iso() const;
  auto operator<=>(const Date&) const = default;
};

struct Time {
  std::int64_t microseconds = 0;  // since midnight
  std::int32_t offset_seconds = 0;
  bool naive = true;
  std::string iso() const;
  auto operator<=>(const Time&) const = default;
};

struct Duration {
  std::int64_t microseconds = 0;
  std::string iso() const;  // "P1DT2H3.5S"
  auto operator<=>(const Duration&) const = default;
};

/// Whole seconds; also Unix time.
struct Seconds {
  std::int64_t count = 0;
  auto operator<=>(const Seconds&) const = default;
};

/// Now, in seconds since 1970-01-01 UTC.
Seconds unix_now();

}  // namespace plinth
