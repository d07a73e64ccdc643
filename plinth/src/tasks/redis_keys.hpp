// Celery's names in Redis. Source: kombu 5.2 transport/redis.py, celery 5.2 backends/redis.py.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::tasks::redis_keys {

inline constexpr std::string_view separator = "\x06\x16";
/// A message of priority 5 waits in the list of step 3; the lower is served first.
inline constexpr std::array priority_steps{0, 3, 6, 9};

inline constexpr auto unacked = "unacked";              // hash: tag -> [message, exchange, key]
inline constexpr auto unacked_index = "unacked_index";  // zset: tag by time
inline constexpr auto dead = "plinth.dead";             // list: "{…}\n[message, exchange, key]"

/// The list of a queue for one of the steps: "default", "default\x06\x163".
inline std::string list(const std::string& queue, int step) {
  return step == 0 ? queue : queue + std::string(separator) + std::to_string(step);
}
inline int step_of(std::int64_t priority) {
  int step = 0;
  for (const int each : priority_steps) step = each <= priority ? each : step;
  return step;
}

inline std::string bindings(const std::string& exchange) { return "_kombu.binding." + exchange; }
/// What kombu adds for a queue of the default exchange.
inline std::string binding_of(const std::string& queue) {
  return queue + std::string(separator) + std::string(separator) + queue;
}

inline std::string result(const std::string& id) { return "celery-task-meta-" + id; }
inline std::string group(const std::string& id) { return "celery-taskset-meta-" + id; }
inline std::string once(const std::string& key) { return "plinth.once." + key; }

}  // namespace plinth::tasks::redis_keys
