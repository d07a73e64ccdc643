#include "cli/task_metrics.hpp"

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tasks/celery.hpp"

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
      active_(registry, "celery_worker_tasks_active", "Tasks that a worker runs now.", {"hostname"},
              MultiprocessMode::livesum),
      up_(registry, "celery_worker_up", "Whether a worker works.", {"hostname"},
          MultiprocessMode::livemax) {}

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

namespace {

// Those that tasks of this application go to.
std::vector<std::string> queues_of(const Celery::Impl& celery) {
  std::set<std::string> names{celery.options.task_default_queue};
  for (const auto& [name, row] : celery.registered) {
    if (!row.options->queue.empty()) names.emplace(row.options->queue);
  }
  return {names.begin(), names.end()};
}

constexpr auto latest = MultiprocessMode::livemostrecent;

}  // namespace

TaskBacklog::TaskBacklog(const CollectorRegistry& registry, Celery& celery)
    : celery_(celery),
      queues_(queues_of(celery.impl())),
      length_(registry, "celery_queue_length", "Messages that wait in a queue.", {"queue_name"},
              latest),
      held_(registry, "plinth_task_messages_held",
            "Messages that workers hold, or that are not due.", {}, latest),
      dead_(registry, "plinth_task_dead_letters", "Messages that were given up.", {}, latest),
      outbox_(registry, "plinth_outbox_messages", "Messages that wait to be moved to Redis.", {},
              latest) {}

// Better no number than an old one.
void TaskBacklog::forget() {
  const auto unknown = std::numeric_limits<double>::quiet_NaN();
  for (const auto& queue : queues_) length_.labels(queue).set(unknown);
  held_.set(unknown);
  dead_.set(unknown);
  outbox_.set(unknown);
}

Task<void> TaskBacklog::collect() {
  try {
    co_await ask();
  } catch (...) {
    forget();
    throw;
  }
}

Task<void> TaskBacklog::ask() {
  auto& celery = celery_.impl();
  const auto backlog = co_await celery.broker->backlog(queues_);
  for (const auto& queue : backlog.queues) {
    length_.labels(queue.queue).set(static_cast<double>(queue.waiting));
  }
  held_.set(static_cast<double>(backlog.held));
  dead_.set(static_cast<double>(backlog.dead));
  double waiting = 0;
  if (celery.outbox_broker) {
    const auto outbox = co_await celery.outbox_broker->lengths({});
    for (const auto& queue : outbox) waiting += static_cast<double>(queue.waiting + queue.held);
  }
  outbox_.set(waiting);
}

}  // namespace plinth::cli
