// The pieces that dates, times and durations are made of, as text. Source: speedate 0.17; its
// errors, word for word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/calendar.hpp"

namespace plinth::formats {

/// A value, or why there is none: `error` is empty when all is well.
template <class T>
struct Reading {
  Reading(T read) : value(read) {}               // NOLINT(google-explicit-constructor)
  Reading(std::string_view why) : error(why) {}  // NOLINT(google-explicit-constructor)
  Reading(const char* why) : error(why) {}       // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return error.empty(); }

  T value{};
  std::string_view error;
};

inline constexpr std::string_view too_short = "input is too short";
inline constexpr std::string_view extra_characters =
    "unexpected extra characters at the end of the input";
inline constexpr std::string_view nan_refused = "NaN values not permitted";

/// "YYYY-MM-DD" at the start of `text`.
Reading<CivilDate> read_date(std::string_view text);

struct ClockTime {
  std::int64_t microseconds = 0;  // since midnight
  std::size_t size = 0;           // bytes read
};
/// "HH:MM[:SS[.f]]" at the start of `text`.
Reading<ClockTime> read_clock(std::string_view text);

struct OffsetTime {
  std::int64_t microseconds = 0;
  std::optional<std::int32_t> offset_seconds;
};
/// All of `text`: a clock time and perhaps an offset from UTC.
Reading<OffsetTime> read_time(std::string_view text);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace plinth::formats
