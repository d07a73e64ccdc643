// A message that a worker holds, from the moment it was taken until it is settled. Celery's
// worker.request.Request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tasks/message.hpp"
#include "tasks/run.hpp"

namespace plinth::tasks {

/// The worker's loop owns it. While it is active its executor reads `message` and `info`, and
/// writes `outcome`; nobody else touches these then.
struct WorkerRequest {
  enum class State : std::uint8_t { reserved, active, ended };

  Message message;
  std::string tag;
  RunInfo info;
  const TaskOptions* options = nullptr;  // null: celery.map and its like

  State state = State::reserved;
  bool acknowledged = false;  // before it ran: it will not come back
  std::int64_t received_us = 0;
  std::int64_t started_us = 0;
  std::int64_t started_ms = 0;  // monotonic
  std::int64_t runtime_us = 0;
  unsigned executor = 0;
  // Seconds; 0: none.
  double time_limit = 0;
  double soft_time_limit = 0;
  // Asked to end: what its outcome will be. Its executor destroys the run where it waits.
  std::optional<Outcome> cancelled = {};
  std::int64_t cancelled_ms = 0;

  Outcome outcome;
};

using RequestPointer = std::shared_ptr<WorkerRequest>;

}  // namespace plinth::tasks
