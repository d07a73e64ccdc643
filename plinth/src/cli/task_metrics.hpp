// What a worker does, as metrics: the families and labels of celery-exporter 0.11, so that its
// dashboards and alerts go on.
#pragma once

#include <string>
#include <vector>

#include "plinth/tasks.hpp"
#include "plinth/telemetry.hpp"
#include "tasks/worker.hpp"

namespace plinth::cli {

class TaskMetrics final : public tasks::WorkerObserver {
 public:
  explicit TaskMetrics(const CollectorRegistry& registry);

  /// From now on, as long as this process lives.
  void is_up(const std::string& hostname) const { up_.labels(hostname).set(1); }
  void on(tasks::RequestEvent event, const tasks::WorkerRequest& request) override;

 private:
  Counter received_;
  Counter started_;
  Counter succeeded_;
  Counter failed_;
  Counter retried_;
  Counter revoked_;
  Counter rejected_;
  Histogram runtime_;
  Gauge active_;
  Gauge up_;
};

/// How much waits for workers, asked for at each scrape.
class TaskBacklog final : public Collector {
 public:
  TaskBacklog(const CollectorRegistry& registry, Celery& celery);

  Task<void> collect() override;

 private:
  Task<void> ask();
  void forget();

  Celery& celery_;
  const std::vector<std::string> queues_;
  Gauge length_;
  Gauge held_;
  Gauge dead_;
  Gauge outbox_;
};

}  // namespace plinth::cli
