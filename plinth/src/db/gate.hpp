// One place that one coroutine at a time may hold, on whatever thread it runs; others wait in
// order. What SQLite's single writer needs.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "db/pool_counts.hpp"
#include "plinth/task.hpp"

namespace plinth::db {

class Gate {
 public:
  /// queue_limit  how many may wait
  /// counts       told who waits and who holds it, if there is one; outlives the gate
  Gate(long long timeout_ms, std::size_t queue_limit, PoolCounts* counts = nullptr)
      : timeout_ms_(timeout_ms), queue_limit_(queue_limit), counts_(counts) {}

  /// Returns when the caller holds the gate. Throws Unavailable when it took too long, or too many
  /// wait. Dropping the Task leaves the queue, or passes the gate on.
  Task<void> enter();
  /// From any thread; to the one who waits longest.
  void leave() noexcept;

 private:
  struct Waiter;
  class Place;

  bool enter_at_once();
  bool take();
  void count_waiting(int change);

  mutable std::mutex mutex_;
  bool held_ = false;
  std::deque<std::shared_ptr<Waiter>> queue_;
  const long long timeout_ms_;
  const std::size_t queue_limit_;
  PoolCounts* counts_;
};

}  // namespace plinth::db
