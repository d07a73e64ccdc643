#include "cli/task_metrics.hpp"

#include <string>
#include <vector>

namespace plinth::cli {

namespace {

const std::vector<std::string> labels{"name", "hostname", "queue_name"};
const std::vector<std::string> labels_of_failures{"name", "hostname", "exception", "queue_name"};

}  // namespace

TaskMetrics::TaskMetrics(const CollectorRegistry& registry)
    : received_(registry, "celery_task_received", "Tasks a worker has received.", labels),
      started_(registry, "celery_task_started", "Tasks a worker has started.", labels),
      succeeded_(registry, "celery_task_succeeded", "Tasks that succeeded.", labels),
      failed_(registry, "celery_task_failed", "Tasks that failed.", labels_of_failures),
      retried_(registry, "celery_task_retried", "Tasks that will be tried again.", labels),
      revoked_(registry, "celery_task_revoked", "Tasks that were revoked.", labels),
      rejected_(registry, "celery_task_rejected", "Tasks that were rejected.", labels),
      runtime_(registry, "celery_task_runtime", "Seconds that tasks ran.", labels),
      active_(registry, "celery_worker_tasks_active", "Tasks that a worker runs now.",
              {"hostname"}) {}

void TaskMetrics::on(tasks::RequestEvent event, const tasks::WorkerRequest& request) {
  const auto& name = request.message.task;
  const auto& host = request.info.hostname;
  const auto& queue = request.message.queue;
  const bool ran = request.started_us != 0;
  const auto ended = [&] {
    if (ran) active_.labels(host).dec();
  };
  switch (event) {
    case tasks::RequestEvent::received:
      return received_.labels(name, host, queue).inc();
    case tasks::RequestEvent::started:
      active_.labels(host).inc();
      return started_.labels(name, host, queue).inc();
    case tasks::RequestEvent::succeeded:
      ended();
      runtime_.labels(name, host, queue).observe(static_cast<double>(request.runtime_us) / 1e6);
      return succeeded_.labels(name, host, queue).inc();
    case tasks::RequestEvent::failed:
      ended();
      return failed_.labels(name, host, request.outcome.error.type, queue).inc();
    case tasks::RequestEvent::retried:
      ended();
      return retried_.labels(name, host, queue).inc();
    case tasks::RequestEvent::revoked:
      ended();
      return revoked_.labels(name, host, queue).inc();
    case tasks::RequestEvent::rejected:
      ended();
      return rejected_.labels(name, host, queue).inc();
    case tasks::RequestEvent::ignored:
      return ended();
  }
}

}  // namespace plinth::cli
