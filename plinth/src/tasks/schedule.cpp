#include "plinth/schedule.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "formats/calendar.hpp"
#include "tasks/crontab_field.hpp"
#include "tasks/time_zone.hpp"

namespace plinth {

namespace detail {

class ScheduleRule {
 public:
  virtual ~ScheduleRule() = default;
  virtual DateTime next_run(const DateTime& after, const std::string& timezone) const = 0;
  virtual Schedule::Due is_due(const DateTime& last_run, const DateTime& now,
                               const std::string& timezone) const = 0;
  virtual std::string text() const = 0;
};

}  // namespace detail

namespace tasks {

namespace {

using formats::floor_divide;
using formats::microseconds_per_second;
using formats::seconds_per_day;

double to_seconds(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / static_cast<double>(microseconds_per_second);
}

class Interval final : public detail::ScheduleRule {
 public:
  explicit Interval(double seconds)
      : microseconds_(std::llround(seconds * static_cast<double>(microseconds_per_second))) {}

  DateTime next_run(const DateTime& after, const std::string&) const override {
    return {after.microseconds + microseconds_};
  }

  Schedule::Due is_due(const DateTime& last_run, const DateTime& now,
                       const std::string&) const override {
    const auto left = last_run.microseconds + microseconds_ - now.microseconds;
    if (left <= 0) return {true, to_seconds(microseconds_)};
    return {false, to_seconds(left)};
  }

  // Source: celery/utils/time.py, humanize_seconds.
  std::string text() const override {
    constexpr std::pair<double, const char*> units[] = {
        {86'400, "day"}, {3'600, "hour"}, {60, "minute"}, {1, "second"}};
    const double seconds = to_seconds(microseconds_);
    for (const auto& [size, name] : units) {
      if (seconds < size) continue;
      const double count = seconds / size;
      char buffer[64];
      std::snprintf(buffer, sizeof buffer, "<freq: %.2f %s%s>", count, name, count == 1 ? "" : "s");
      return buffer;
    }
    return "<freq: now>";
  }

 private:
  std::int64_t microseconds_;
};

constexpr FieldKind minute_field{.name = "minute", .min = 0, .max = 59};
constexpr FieldKind hour_field{.name = "hour", .min = 0, .max = 23};
constexpr FieldKind day_of_week_field{.name = "day_of_week", .min = 0, .max = 6, .weekdays = true};
constexpr FieldKind day_of_month_field{.name = "day_of_month", .min = 1, .max = 31};
constexpr FieldKind month_of_year_field{.name = "month_of_year", .min = 1, .max = 12};

// Works on readings of a clock on the wall, as Celery does: what is due is what such a clock has
// passed.
class CrontabRule final : public detail::ScheduleRule {
 public:
  explicit CrontabRule(CrontabOptions fields)
      : fields_(std::move(fields)),
        minutes_(parse_crontab_field(minute_field, fields_.minute)),
        hours_(parse_crontab_field(hour_field, fields_.hour)),
        days_of_week_(parse_crontab_field(day_of_week_field, fields_.day_of_week)),
        days_of_month_(parse_crontab_field(day_of_month_field, fields_.day_of_month)),
        months_(parse_crontab_field(month_of_year_field, fields_.month_of_year)),
        zone_(fields_.timezone.empty() ? "UTC" : fields_.timezone) {
    next_day(0);
  }

  DateTime next_run(const DateTime& after, const std::string& timezone) const override {
    if (is_elsewhere(timezone)) return next_run(after, TimeZone(timezone));
    return next_run(after, zone_);
  }

  Schedule::Due is_due(const DateTime& last_run, const DateTime& now,
                       const std::string& timezone) const override {
    if (is_elsewhere(timezone)) return is_due(last_run, now, TimeZone(timezone));
    return is_due(last_run, now, zone_);
  }

  std::string text() const override {
    std::string out = "<crontab: " + fields_.minute + " " + fields_.hour + " " +
                      fields_.day_of_week + " " + fields_.day_of_month + " " +
                      fields_.month_of_year + " (m/h/d/dM/MY)";
    if (!fields_.timezone.empty()) out += " " + fields_.timezone;
    return out + ">";
  }

 private:
  bool is_elsewhere(const std::string& timezone) const {
    return fields_.timezone.empty() && timezone != "UTC";
  }

  DateTime next_run(const DateTime& after, const TimeZone& zone) const {
    const auto seconds = floor_divide(after.microseconds, microseconds_per_second);
    const auto wall = next_wall(zone.wall(seconds), true);
    return {zone.first_at(wall, seconds) * microseconds_per_second};
  }

  Schedule::Due is_due(const DateTime& last_run, const DateTime& now, const TimeZone& zone) const {
    const auto last_wall = wall_microseconds(last_run, zone);
    const auto now_wall = wall_microseconds(now, zone);
    const auto last_second = floor_divide(last_wall, microseconds_per_second);
    const auto now_second = floor_divide(now_wall, microseconds_per_second);
    // On a later day Celery passes over the rest of the hour of the last run.
    const bool same_day =
        floor_divide(last_second, seconds_per_day) == floor_divide(now_second, seconds_per_day);
    auto left = next_wall(last_second, same_day) * microseconds_per_second - now_wall;
    if (left > 0) return {false, to_seconds(left)};
    left = next_wall(now_second, true) * microseconds_per_second - now_wall;
    return {true, to_seconds(left)};
  }

  static std::int64_t wall_microseconds(const DateTime& time, const TimeZone& zone) {
    const auto seconds = floor_divide(time.microseconds, microseconds_per_second);
    return zone.wall(seconds) * microseconds_per_second +
           (time.microseconds - seconds * microseconds_per_second);
  }

  // The first match after the minute of `last`.
  std::int64_t next_wall(std::int64_t last, bool within_hour) const {
    const auto day = floor_divide(last, seconds_per_day);
    const auto second = last - day * seconds_per_day;
    const int hour = static_cast<int>(second / 3600);
    const int minute = static_cast<int>(second / 60 % 60);
    if (matches(day)) {
      const int next_minute = next_member(minutes_, minute);
      if (within_hour && contains(hours_, hour) && next_minute >= 0) {
        return at(day, hour, next_minute);
      }
      const int next_hour = next_member(hours_, hour);
      if (next_hour >= 0) return at(day, next_hour, next_member(minutes_, -1));
    }
    return at(next_day(day), next_member(hours_, -1), next_member(minutes_, -1));
  }

  static std::int64_t at(std::int64_t day, int hour, int minute) {
    return day * seconds_per_day + hour * 3600 + minute * 60;
  }

  bool matches(std::int64_t day) const {
    const auto date = formats::civil_from_days(day);
    constexpr int thursday = 4;  // 1970-01-01
    const auto week_day = static_cast<int>((day % 7 + 7 + thursday) % 7);
    return contains(months_, date.month) && contains(days_of_month_, date.day) &&
           contains(days_of_week_, week_day);
  }

  // 29 February is on a given day of the week every 28 years, or 40 around 2100.
  std::int64_t next_day(std::int64_t day) const {
    constexpr std::int64_t days_max = 41 * 366;
    for (std::int64_t next = day + 1; next < day + days_max; ++next) {
      if (matches(next)) return next;
    }
    throw std::invalid_argument("crontab day_of_month \"" + fields_.day_of_month +
                                "\", month_of_year \"" + fields_.month_of_year +
                                "\": no year has such a day; write days that the months have");
  }

  CrontabOptions fields_;
  NumberSet minutes_;
  NumberSet hours_;
  NumberSet days_of_week_;
  NumberSet days_of_month_;
  NumberSet months_;
  TimeZone zone_;
};

}  // namespace

}  // namespace tasks

Schedule::Schedule(std::shared_ptr<const detail::ScheduleRule> rule) : rule_(std::move(rule)) {}

DateTime Schedule::next_run(const DateTime& after, const std::string& timezone) const {
  return rule_->next_run(after, timezone);
}

Schedule::Due Schedule::is_due(const DateTime& last_run, const DateTime& now,
                               const std::string& timezone) const {
  return rule_->is_due(last_run, now, timezone);
}

std::string Schedule::text() const { return rule_->text(); }

Schedule crontab(CrontabOptions options) {
  return Schedule(std::make_shared<tasks::CrontabRule>(std::move(options)));
}

Schedule every(double seconds) {
  constexpr double seconds_min = 0.001;
  if (!(seconds >= seconds_min) || !std::isfinite(seconds)) {
    throw std::invalid_argument("every(" + std::to_string(seconds) +
                                "): write seconds, at least 0.001");
  }
  return Schedule(std::make_shared<tasks::Interval>(seconds));
}

}  // namespace plinth
