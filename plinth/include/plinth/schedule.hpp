// When periodic tasks are due. Stands for celery.schedules: crontab and schedule.
//
//   celery.add_periodic_task("report", crontab({.minute = "0", .hour = "8-18/2",
//                                               .day_of_week = "mon-fri",
//                                               .timezone = "Europe/Berlin"}), report.s());
//   celery.add_periodic_task("ping", every(30), ping.s());
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "plinth/datetime.hpp"

namespace plinth {

/// Celery's grammar: "*", "5", "1,3,5", "8-18", "*/15", "8-18/2"; of days and months also names.
struct CrontabOptions {
  std::string minute = "*";
  std::string hour = "*";
  std::string day_of_week = "*";    // 0 or 7 is sunday
  std::string day_of_month = "*";   // 1 to 31
  std::string month_of_year = "*";  // 1 to 12
  std::string timezone = {};        // "Europe/Berlin"; "": the Celery's
};

/// A value; cheap to copy.
class Schedule {
 public:
  struct Impl;
  explicit Schedule(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

  /// The first time after `last_run` at which it is due; in `default_timezone` unless it has its
  /// own. Empty: never again.
  std::optional<DateTime> next_run(DateTime last_run,
                                   const std::string& default_timezone = "UTC") const;
  /// "0 8-18/2 * * mon-fri (Europe/Berlin)", "every 30 seconds"
  std::string text() const;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Throws std::invalid_argument naming the field, its value and what may stand there.
Schedule crontab(CrontabOptions options);
Schedule every(double seconds);

}  // namespace plinth
