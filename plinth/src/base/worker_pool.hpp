// Threads for work that blocks or burns CPU, behind a queue of bounded length.
//
// The shared pool serves in_thread(); a module whose work must not wait behind others' (password
// hashes, SQLite) has its own. `co_await pool.run(function)` resumes on the loop it was called on.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "plinth/task.hpp"

namespace plinth::base {

struct WorkerPoolOptions {
  std::string name = "worker";    // of the threads, seen in top; at most 15 characters
  unsigned threads = 1;           // started when first needed
  std::size_t queue_limit = 256;  // jobs that may wait for a thread
  // A job that would wait longer, by the time that the last ones took, is refused at once; 0: none.
  int wait_ms_max = 0;
  int nice = 0;  // 1 to 19: below the event loops
};

class WorkerPool {
 public:
  explicit WorkerPool(WorkerPoolOptions options);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Runs what is queued, then ends the threads.
  ~WorkerPool();

  /// What in_thread uses: a thread a core and four more, at most 32.
  static WorkerPool& shared();

  /// From any thread. False, and the job destroyed, when the queue is full or too slow. A job runs
  /// even if nobody waits for it.
  bool submit(std::shared_ptr<detail::ThreadJob> job);

  /// The result of `function`, which runs on a thread of the pool and must own what it uses. Throws
  /// what it throws, HttpError 503 with Retry-After when the queue is full. Destroying the Task
  /// does not stop the function.
  template <class Function>
  Task<std::invoke_result_t<Function&>> run(Function function) {
    return detail::run_on(this, std::move(function));
  }

  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plinth::base
