// Days and civil dates of the proleptic Gregorian calendar.
#pragma once

#include <cstdint>

namespace plinth::formats {

inline constexpr std::int64_t microseconds_per_second = 1'000'000;
inline constexpr std::int64_t seconds_per_day = 86'400;
inline constexpr std::int64_t microseconds_per_day = seconds_per_day * microseconds_per_second;

struct CivilDate {
  int year;
  int month;  // 1 to 12
  int day;    // 1 to 31
};

constexpr bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// Days since 1970-01-01. Eras of 400 years begin on 1 March, so that the leap day comes last in
/// its year. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// days_from_civil.
constexpr std::int64_t days_from_civil(CivilDate date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

/// Source: as above, civil_from_days.
constexpr CivilDate civil_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = floor_divide(days, 146'097);
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  const auto civil_month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  const auto year = static_cast<int>(year_of_era + era * 400 + (civil_month <= 2 ? 1 : 0));
  return {year, civil_month, day};
}

}  // namespace plinth::formats
