// Runs a task's function for one message: its arguments by the schema layer, its dependencies by
// the routing engine, its result or error as Celery's.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace.hpp"
#include "plinth/tasks.hpp"
#include "routing/plan.hpp"
#include "tasks/celery.hpp"
#include "tasks/message.hpp"
#include "tasks/result_meta.hpp"

namespace plinth::tasks {

struct PlannedTask {
  detail::TaskRow row;
  routing::Plan plan;
};

/// All registered tasks, ready to be run. Throws std::invalid_argument for one that asks for
/// something that the app does not provide.
class PlannedTasks {
 public:
  explicit PlannedTasks(const Celery::Impl& celery);
  const PlannedTask* find(std::string_view name) const;
  /// "celery.map" and "celery.starmap": they run another task for each item.
  static bool is_map(std::string_view name);
  std::vector<std::string> names() const;

 private:
  std::map<std::string, PlannedTask, std::less<>> tasks_;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    success,
    failure,
    retry,
    ignored,
    rejected,
    revoked,
    handed_back,  // ended by a worker that stops: another is to run it
  };

  Kind kind = Kind::success;
  std::string result = "null";  // JSON
  ExceptionInfo error = {};     // of a failure, of a retry its reason, of a revoked one why
  std::string traceback = {};
  std::int64_t retry_at_us = 0;
  std::string retry_queue = {};
  bool requeue = false;    // rejected
  base::Trail trail = {};  // where the run stood in its trace, for what follows it
};

/// What is known of a message beside its text.
struct RunInfo {
  std::string hostname;
  int deliveries = 1;
  bool is_eager = false;
};

/// Never throws. Everything given must outlive the Task; destroying it ends the run where it waits.
Task<Outcome> run_task(Celery::Impl& celery, const PlannedTasks& tasks, const Message& message,
                       const RunInfo& info);

/// What an exception is to Celery, e.g. ValueError of builtins for std::invalid_argument.
ExceptionInfo exception_info(const std::exception_ptr& error);
Outcome failure(ExceptionInfo error, std::string_view task);

}  // namespace plinth::tasks
