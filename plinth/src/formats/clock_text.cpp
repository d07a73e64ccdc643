#include "formats/clock_text.hpp"

namespace plinth::formats {

namespace {

// The two digits at `at`; -1 when they are none.
int two_digits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

struct Fraction {
  std::int64_t microseconds = 0;
  std::size_t digits = 0;
};

// Digits beyond the sixth are cut.
Fraction read_fraction(std::string_view text) {
  Fraction fraction;
  for (; fraction.digits < text.size() && is_digit(text[fraction.digits]); ++fraction.digits) {
    if (fraction.digits < 6)
      fraction.microseconds = fraction.microseconds * 10 + (text[fraction.digits] - '0');
  }
  for (std::size_t i = fraction.digits; i < 6; ++i) fraction.microseconds *= 10;
  return fraction;
}

// "Z", "+02:00", "-0200", also with U+2212 for the minus.
Reading<std::int32_t> read_offset(std::string_view text) {
  constexpr std::string_view minus_sign = "\xE2\x88\x92";
  int sign = 1;
  if (text[0] == 'Z' || text[0] == 'z') {
    if (text.size() > 1) return extra_characters;
    return 0;
  }
  if (text[0] == '+' || text[0] == '-') {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  } else if (text.starts_with(minus_sign)) {
    sign = -1;
    text.remove_prefix(minus_sign.size());
  } else {
    return "invalid timezone sign";
  }
  const int hour = two_digits(text, 0);
  if (hour < 0) return "invalid timezone hour";
  const std::size_t minute_at = text.size() > 2 && text[2] == ':' ? 3 : 2;
  const int minute = two_digits(text, minute_at);
  if (minute < 0) return "invalid timezone minute";
  if (minute > 59) return "timezone minute value is outside expected range of 0-59";
  if (hour > 23) return "timezone offset must be less than 24 hours";
  if (text.size() > minute_at + 2) return extra_characters;
  return sign * (hour * 3600 + minute * 60);
}

}  // namespace

Reading<CivilDate> read_date(std::string_view text) {
  if (text.size() < 10) return too_short;
  const int century = two_digits(text, 0);
  const int year_of_century = two_digits(text, 2);
  if (century < 0 || year_of_century < 0) return "invalid character in year";
  if (text[4] != '-') return "invalid date separator, expected `-`";
  const int month = two_digits(text, 5);
  if (month < 0) return "invalid character in month";
  if (text[7] != '-') return "invalid date separator, expected `-`";
  const int day = two_digits(text, 8);
  if (day < 0) return "invalid character in day";
  const int year = century * 100 + year_of_century;
  if (month < 1 || month > 12) return "month value is outside expected range of 1-12";
  if (day < 1 || day > days_in_month(year, month)) return "day value is outside expected range";
  return CivilDate{year, month, day};
}

Reading<ClockTime> read_clock(std::string_view text) {
  if (text.size() < 5) return too_short;
  const int hour = two_digits(text, 0);
  if (hour < 0) return "invalid character in hour";
  if (text[2] != ':') return "invalid time separator, expected `:`";
  const int minute = two_digits(text, 3);
  if (minute < 0) return "invalid character in minute";
  if (hour > 23) return "hour value is outside expected range of 0-23";
  if (minute > 59) return "minute value is outside expected range of 0-59";
  ClockTime time{(hour * 3600 + minute * 60) * microseconds_per_second, 5};
  if (text.size() == 5 || text[5] != ':') return time;

  const int second = two_digits(text, 6);
  if (second < 0) return "invalid character in second";
  if (second > 59) return "second value is outside expected range of 0-59";
  time.microseconds += second * microseconds_per_second;
  time.size = 8;
  if (text.size() == 8 || (text[8] != '.' && text[8] != ',')) return time;

  const auto fraction = read_fraction(text.substr(9));
  if (fraction.digits == 0) return "second fraction digits missing after `.`";
  time.microseconds += fraction.microseconds;
  time.size = 9 + fraction.digits;
  return time;
}

Reading<OffsetTime> read_time(std::string_view text) {
  auto clock = read_clock(text);
  if (!clock) return clock.error;
  text.remove_prefix(clock.value.size);
  if (text.empty()) return OffsetTime{clock.value.microseconds, std::nullopt};
  auto offset = read_offset(text);
  if (!offset) return offset.error;
  return OffsetTime{clock.value.microseconds, offset.value};
}

}  // namespace plinth::formats
