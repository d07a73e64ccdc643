// What stands behind a task's `self`.
#pragma once

#include <optional>

#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/message.hpp"
#include "tasks/run.hpp"

namespace plinth {

/// Borrows all; lives as long as the run.
struct TaskContext::Impl {
  Impl(Celery::Impl& of, const tasks::Message& of_message, const tasks::RunInfo& of_run)
      : celery(of), message(of_message), info(of_run) {}

  const TaskRequest& request();

  Celery::Impl& celery;
  const tasks::Message& message;
  const tasks::RunInfo& info;

 private:
  std::optional<TaskRequest> request_;  // made when it is asked for
};

}  // namespace plinth
