// What a CollectorRegistry holds: metrics, and who brings them up to date.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/metric_registry.hpp"
#include "plinth/telemetry.hpp"

namespace plinth::telemetry {

/// A collector, and whether it is at work: then nobody else has it work.
struct Registered {
  std::shared_ptr<Collector> collector;
  std::atomic<bool> busy = false;
};

/// Thread safety: all of it.
class Registry : public base::MetricRegistry {
 public:
  void add_collector(std::shared_ptr<Collector> collector);
  std::vector<std::shared_ptr<Registered>> collectors() const;

  /// Of who asks for the metrics; "": none.
  void need_token(std::string token);
  std::string bearer_token() const;

  void show_runtime();
  bool shows_runtime() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Registered>> collectors_;
  std::string token_;
  bool shows_runtime_ = false;
};

}  // namespace plinth::telemetry
