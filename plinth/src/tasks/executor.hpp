// A thread of a worker on which tasks run, many at once, each where it left off waiting.
//
// Thread safety: made, asked and destroyed on the worker's loop; tasks run on the thread's own.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/loop.hpp"
#include "tasks/run.hpp"
#include "tasks/worker_request.hpp"

namespace plinth::tasks {

class Executor {
 public:
  using Batch = std::vector<RequestPointer>;
  using Ended = std::function<void(Batch)>;

  /// ended  called on `home` with requests whose outcome is there, several at once
  Executor(Celery::Impl& celery, const PlannedTasks& tasks, base::LoopAddress home, Ended ended);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  /// Ends what runs, where it waits, and waits for the thread.
  ~Executor();

  void run(Batch requests);
  /// Ends the run where it waits; its outcome is then request->cancelled. Nothing happens when it
  /// has ended before.
  void cancel(RequestPointer request);
  /// Gives the thread up: a task does not return. It ends by itself if the task ever does.
  void abandon();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace plinth::tasks
