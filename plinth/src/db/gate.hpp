// One place that one coroutine at a time may hold, on whatever thread it runs; others wait in
// order. What SQLite's single writer needs.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "plinth/task.hpp"

namespace plinth::db {

class Gate {
 public:
  /// queue_limit  how many may wait
  Gate(long long timeout_ms, std::size_t queue_limit)
      : timeout_ms_(timeout_ms), queue_limit_(queue_limit) {}

  /// Returns when the caller holds the gate. Throws Unavailable when it took too long, or too many
  /// wait. Dropping the Task leaves the queue, or passes the gate on.
  Task<void> enter();
  /// From any thread; to the one who waits longest.
  void leave() noexcept;

  struct Status {
    bool held;
    std::size_t waiting;
  };
  Status status() const;

 private:
  struct Waiter;
  class Place;

  bool enter_at_once();

  mutable std::mutex mutex_;
  bool held_ = false;
  std::deque<std::shared_ptr<Waiter>> queue_;
  const long long timeout_ms_;
  const std::size_t queue_limit_;
};

}  // namespace plinth::db
