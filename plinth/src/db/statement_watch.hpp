// Looks on while somebody waits for a Work, and says what took long, and what metrics and a trace
// are to show: the one place that knows a statement, its times and for whom it was, on both
// engines.
#pragma once

#include "base/context.hpp"
#include "db/driver.hpp"

namespace plinth::db {

/// Lives in the frame of whoever waits: its end is that of the Work, or of the waiting.
class StatementWatch {
 public:
  /// `work` must outlive it.
  StatementWatch(Work& work, Dialect dialect);
  StatementWatch(const StatementWatch&) = delete;
  StatementWatch& operator=(const StatementWatch&) = delete;
  ~StatementWatch();

 private:
  void observe_durations() const;
  void say_slow_ones(std::int64_t now_us) const;
  void leave_spans(std::int64_t now_us) const;

  const Work& work_;
  const Dialect dialect_;
  const base::Context* context_;  // a Task that is destroyed is so in nobody's
};

}  // namespace plinth::db
