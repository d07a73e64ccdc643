// When a periodic task runs: every so often, or at certain times. Stands for celery.schedules.
// Example: plinth/tests/tasks/schedule_test.cpp
//
//   every(30)                                    // seconds
//   crontab({.minute = "*/15"})                  // at 00, 15, 30 and 45 of each hour
//   crontab({.minute = "0", .hour = "7", .day_of_week = "mon-fri", .timezone = "Europe/Berlin"})
#pragma once

#include <memory>
#include <string>

#include "plinth/datetime.hpp"

namespace plinth {

namespace detail {
class ScheduleRule;
}

/// Celery's fields and grammar. Each field: "*", a number, a range "8-18", a step "*/15" or
/// "8-18/2", or several of these with commas. A range may wrap: "22-3", "fri-mon". All five must
/// hold, also day_of_week and day_of_month together, unlike in cron.
struct CrontabOptions {
  std::string minute = "*";         // 0 to 59
  std::string hour = "*";           // 0 to 23
  std::string day_of_week = "*";    // 0 to 6, Sunday is 0; or "sun", "monday", …
  std::string day_of_month = "*";   // 1 to 31
  std::string month_of_year = "*";  // 1 to 12
  std::string timezone = {};        // a name of the IANA database; empty: the Celery's
};

/// Immutable; copies share what they hold. From any thread.
class Schedule {
 public:
  explicit Schedule(std::shared_ptr<const detail::ScheduleRule> rule);

  /// The first run after that time. Where clocks are put forward, a run that falls into the gap is
  /// at its end; where they are put back, a run that falls into both hours is in the first.
  ///
  /// timezone  of a crontab that has none of its own
  DateTime next_run(const DateTime& after, const std::string& timezone = "UTC") const;

  struct Due {
    bool due = false;
    double seconds = 0;  // until it is due (next)
  };
  /// Celery's is_due: whether a run that follows `last_run` has come. Of several that were missed,
  /// one is due.
  Due is_due(const DateTime& last_run, const DateTime& now,
             const std::string& timezone = "UTC") const;

  /// As Celery shows it: "<crontab: 0 7 mon-fri * * (m/h/d/dM/MY)>", "<freq: 30.00 seconds>".
  std::string text() const;

  /// The same times, in the same words.
  friend bool operator==(const Schedule& a, const Schedule& b) { return a.text() == b.text(); }

 private:
  std::shared_ptr<const detail::ScheduleRule> rule_;
};

/// throws  std::invalid_argument that names the field, what it has and what may stand there
Schedule crontab(CrontabOptions options);
/// The next run is so many seconds after the last; std::invalid_argument unless above 0.
Schedule every(double seconds);

}  // namespace plinth
