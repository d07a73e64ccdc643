// What a worker does, as metrics: the families and labels of celery-exporter 0.11, so that its
// dashboards and alerts go on.
#pragma once

#include "plinth/telemetry.hpp"
#include "tasks/worker.hpp"

namespace plinth::cli {

class TaskMetrics final : public tasks::WorkerObserver {
 public:
  explicit TaskMetrics(const CollectorRegistry& registry);

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
};

}  // namespace plinth::cli
