#include "formats/datetime.hpp"

#include "base/clock.hpp"
#include "formats/calendar.hpp"
#include "formats/timestamp.hpp"

namespace plinth::formats {

namespace {

constexpr std::string_view year_zero = "year 0 is out of range";
constexpr std::int64_t first_day = days_from_civil({1, 1, 1});  // datetime.MINYEAR

Problem datetime_problem(std::string_view error) {
  return error_problem("datetime_parsing", "Input should be a valid datetime, ", error);
}

Problem date_problem(std::string_view error) {
  return error_problem("date_from_datetime_parsing", "Input should be a valid date or datetime, ",
                       error);
}

Parsed<DateTime> from_reading(std::int64_t reading, std::optional<std::int32_t> offset_seconds) {
  if (floor_divide(reading, microseconds_per_day) < first_day) return datetime_problem(year_zero);
  const std::int32_t offset = offset_seconds.value_or(0);
  return DateTime{reading - offset * microseconds_per_second, offset, !offset_seconds.has_value()};
}

Parsed<Date> from_days(std::int64_t days) {
  if (days < first_day) {
    return error_problem("date_parsing", "Input should be a valid date in the format YYYY-MM-DD, ",
                         year_zero);
  }
  return Date{static_cast<std::int32_t>(days)};
}

// A moment as it is read where it was written; its offset from UTC stands beside.
struct Moment {
  std::int64_t reading = 0;
  std::optional<std::int32_t> offset_seconds;
};

Reading<Moment> read_iso_moment(std::string_view text) {
  auto date = read_date(text);
  if (!date) return date.error;
  constexpr std::string_view separators = "Tt _";
  if (text.size() == 10 || separators.find(text[10]) == separators.npos) {
    return "invalid datetime separator, expected `T`, `t`, `_` or space";
  }
  auto time = read_time(text.substr(11));
  if (!time) return time.error;
  return Moment{days_from_civil(date.value) * microseconds_per_day + time.value.microseconds,
                time.value.offset_seconds};
}

Reading<Moment> read_moment(std::string_view text) {
  auto moment = read_iso_moment(text);
  if (moment) return moment;
  auto timestamp = parse_timestamp(text);
  if (std::holds_alternative<std::monostate>(timestamp)) return moment;
  auto reading = std::holds_alternative<double>(timestamp)
                     ? read_timestamp(std::get<double>(timestamp))
                     : read_timestamp(std::get<std::int64_t>(timestamp));
  if (!reading) return reading.error;
  return Moment{reading.value, 0};
}

// All of `text` as a date, or as the Unix time of a midnight.
Reading<std::int64_t> read_days(std::string_view text) {
  auto date = read_date(text);
  if (date && text.size() == 10) return days_from_civil(date.value);
  const auto error = date ? extra_characters : date.error;
  auto timestamp = parse_timestamp(text);
  if (!std::holds_alternative<std::int64_t>(timestamp)) return error;
  auto reading = read_timestamp(std::get<std::int64_t>(timestamp));
  if (!reading) return reading.error;
  if (reading.value % microseconds_per_day != 0) return "Timestamp is not an exact date";
  return reading.value / microseconds_per_day;
}

Parsed<DateTime> datetime_from_timestamp(Reading<std::int64_t> reading) {
  if (!reading) return datetime_problem(reading.error);
  return from_reading(reading.value, 0);
}

Parsed<Date> date_at_midnight(std::int64_t reading) {
  if (reading % microseconds_per_day != 0) {
    return Problem{"date_from_datetime_inexact",
                   "Datetimes provided to dates should have zero time - e.g. be exact dates",
                   {}};
  }
  return from_days(reading / microseconds_per_day);
}

Parsed<Date> date_from_timestamp(Reading<std::int64_t> reading) {
  if (!reading) return date_problem(reading.error);
  return date_at_midnight(reading.value);
}

}  // namespace

Parsed<DateTime> datetime_from_text(std::string_view text) {
  auto moment = read_moment(text);
  if (moment) return from_reading(moment.value.reading, moment.value.offset_seconds);
  // A date is a datetime at midnight; what is neither is explained as a bad date.
  auto days = read_days(text);
  if (days) return from_reading(days.value * microseconds_per_day, std::nullopt);
  return error_problem("datetime_from_date_parsing", "Input should be a valid datetime or date, ",
                       days.error);
}

Parsed<DateTime> datetime_from_integer(std::int64_t timestamp) {
  return datetime_from_timestamp(read_timestamp(timestamp));
}

Parsed<DateTime> datetime_from_number(double timestamp) {
  return datetime_from_timestamp(read_timestamp(timestamp));
}

Parsed<Date> date_from_text(std::string_view text) {
  auto days = read_days(text);
  if (days) return from_days(days.value);
  auto moment = read_moment(text);
  if (!moment) return date_problem(moment.error);
  return date_at_midnight(moment.value.reading);
}

Parsed<Date> date_from_integer(std::int64_t timestamp) {
  return date_from_timestamp(read_timestamp(timestamp));
}

Parsed<Date> date_from_number(double timestamp) {
  return date_from_timestamp(read_timestamp(timestamp));
}

}  // namespace plinth::formats

namespace plinth {

DateTime DateTime::now() { return {base::clock_microseconds(), 0, false}; }

std::optional<DateTime> DateTime::parse(std::string_view text) {
  return formats::datetime_from_text(text).value;
}

Seconds unix_now() {
  return {formats::floor_divide(base::clock_microseconds(), formats::microseconds_per_second)};
}

}  // namespace plinth
