#include "db/civil_text.hpp"

#include <array>
#include <cstdio>

#include "formats/calendar.hpp"

namespace plinth::db {

using formats::microseconds_per_day;
using formats::microseconds_per_second;

namespace {

// Reads a text from the left; after a mismatch it is at fault for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    if (rest_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool accept(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any) {
    if (!accept(any)) fail();
  }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool done() const { return ok_ && rest_.empty(); }
  int fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::int32_t read_day(Reader& reader) {
  const int year = reader.digits(4);
  reader.expect("-");
  const int month = reader.digits(2);
  reader.expect("-");
  const int day = reader.digits(2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > formats::days_in_month(year, month)) {
    return reader.fail();
  }
  return static_cast<std::int32_t>(formats::days_from_civil({year, month, day}));
}

std::int64_t read_clock(Reader& reader) {
  const int hour = reader.digits(2);
  reader.expect(":");
  const int minute = reader.digits(2);
  reader.expect(":");
  const int second = reader.digits(2);
  if (hour > 23 || minute > 59 || second > 59) return reader.fail();
  std::int64_t fraction = 0;
  if (reader.accept(".")) {
    int count = 0;
    for (; reader.next() >= '0' && reader.next() <= '9' && count < 6; ++count) {
      fraction = fraction * 10 + reader.digits(1);
    }
    if (count == 0) reader.fail();
    for (; count < 6; ++count) fraction *= 10;
  }
  return ((hour * 60LL + minute) * 60 + second) * microseconds_per_second + fraction;
}

std::int64_t read_offset(Reader& reader) {
  if (reader.accept("Z")) return 0;
  const bool west = reader.next() == '-';
  if (!reader.accept("+-")) return 0;
  const int hours = reader.digits(2);
  reader.accept(":");
  const int minutes = reader.digits(2);
  if (hours > 23 || minutes > 59) return reader.fail();
  const auto offset = (hours * 60LL + minutes) * 60 * microseconds_per_second;
  return west ? -offset : offset;
}

}  // namespace

std::string clock_text(std::int64_t microseconds) {
  const auto seconds = microseconds / microseconds_per_second;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld.%06lld",
                static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
                static_cast<long long>(seconds % 60),
                static_cast<long long>(microseconds % microseconds_per_second));
  return text.data();
}

std::string civil_text(std::int64_t microseconds) {
  const auto days = formats::floor_divide(microseconds, microseconds_per_day);
  const auto date = formats::civil_from_days(days);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d ", date.year, date.month, date.day);
  return text.data() + clock_text(microseconds - days * microseconds_per_day);
}

std::optional<std::int64_t> parse_civil(std::string_view text) {
  Reader reader(text);
  const std::int64_t day = read_day(reader);
  reader.expect(" T");
  const auto clock = read_clock(reader);
  const auto offset = read_offset(reader);
  if (!reader.done()) return std::nullopt;
  return day * microseconds_per_day + clock - offset;
}

std::optional<std::int64_t> parse_clock(std::string_view text) {
  Reader reader(text);
  const auto clock = read_clock(reader);
  if (!reader.done()) return std::nullopt;
  return clock;
}

std::optional<Date> parse_date(std::string_view text) {
  Reader reader(text);
  const auto day = read_day(reader);
  if (!reader.done()) return std::nullopt;
  return Date{day};
}

}  // namespace plinth::db
