// Conversions between plinth's times and std::chrono; opt in, because <chrono> is slow to compile.
#pragma once

#include <chrono>

#include "plinth/datetime.hpp"

namespace plinth {

/// In UTC; of a naive one: its own reading.
inline std::chrono::sys_time<std::chrono::microseconds> to_chrono(const DateTime& value) {
  return std::chrono::sys_time<std::chrono::microseconds>(
      std::chrono::microseconds(value.microseconds));
}

/// In UTC, cut to microseconds.
template <class Duration>
DateTime from_chrono(std::chrono::sys_time<Duration> time) {
  return {std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch().count(), 0, false};
}

inline std::chrono::year_month_day to_chrono(const Date& value) {
  return std::chrono::sys_days(std::chrono::days(value.days));
}

inline Date from_chrono(std::chrono::year_month_day date) {
  return {static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

inline std::chrono::microseconds to_chrono(const Duration& value) {
  return std::chrono::microseconds(value.microseconds);
}

template <class Rep, class Period>
Duration from_chrono(std::chrono::duration<Rep, Period> duration) {
  return {std::chrono::duration_cast<std::chrono::microseconds>(duration).count()};
}

inline std::chrono::seconds to_chrono(const Seconds& value) {
  return std::chrono::seconds(value.count);
}

}  // namespace plinth
