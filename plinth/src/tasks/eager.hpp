// task_always_eager: calls run where they are made, for tests. Nothing goes to a queue.
#pragma once

#include "plinth/task.hpp"
#include "tasks/celery.hpp"
#include "tasks/compose.hpp"

namespace plinth::tasks {

/// Runs the messages and all that follows them, one after another; retries at once. Keeps results
/// as a worker would.
Task<void> run_eagerly(Celery::Impl& celery, const Composed& composed);

}  // namespace plinth::tasks
