// What the library counts about its process, whatever application it serves: one table of all
// metrics, so that every layer can count without knowing who shows it (telemetry does).
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/metric_registry.hpp"

namespace plinth::base {

/// A metric without labels.
class ProcessMetric {
 public:
  explicit ProcessMetric(MetricFamily& family) : family_(family), child_(*family.child({})) {}

  void add(double amount = 1) { child_.add(0, amount); }
  void set(double value) { child_.set(value); }
  void observe(double value) { family_.observe(child_, value); }

 private:
  MetricFamily& family_;
  MetricChild& child_;
};

/// One label set of a histogram.
class ProcessHistogram {
 public:
  ProcessHistogram(MetricFamily& family, std::string_view label)
      : family_(family), child_(family.with({label})) {}
  void observe(double value) { family_.observe(child_, value); }

 private:
  MetricFamily& family_;
  MetricChild& child_;
};

/// The metrics, by what counts them. docs/metrics.md says what each means.
struct ProcessMetrics {
  ProcessMetrics();

  MetricRegistry registry;

  // base
  MetricFamily& log_records;  // level
  ProcessMetric log_records_dropped;
  MetricFamily& loop_lag;       // loop
  MetricFamily& pool_threads;   // pool
  MetricFamily& pool_busy;      // pool
  MetricFamily& pool_queued;    // pool
  MetricFamily& pool_rejected;  // pool
  MetricFamily& pool_wait;      // pool
  MetricFamily& pool_run;       // pool
  ProcessMetric process_starts;
  // db
  MetricFamily& db_connections;      // pool, state
  MetricFamily& db_connections_max;  // pool
  MetricFamily& db_pending;          // pool
  MetricFamily& db_wait;             // pool
  MetricFamily& db_timeouts;         // pool
  ProcessMetric db_operation;
  // rate_limit
  MetricFamily& rate_limit_decisions;  // limit, outcome
  ProcessMetric rate_limit_store_failures;
  // server
  ProcessMetric connections_open;
  ProcessMetric connections_accepted;
  ProcessMetric requests_active;
  MetricFamily& connections_refused;  // reason
  MetricFamily& requests_refused;     // reason
  ProcessMetric tls_failures;
  MetricFamily& certificate_expiry;  // subject
  ProcessMetric draining;
  // tasks
  MetricFamily& tasks_sent;  // name, queue_name
  // tracing
  ProcessMetric spans_exported;
  ProcessMetric spans_dropped;
};

/// Of this process; made at the first call, in the process's folder of metrics if it has one.
ProcessMetrics& process_metrics();

/// A number of one object, of which the metric shows the sum over all objects. Thread safety: all
/// of it.
class MetricLevel {
 public:
  explicit MetricLevel(MetricChild& gauge) : gauge_(gauge) {}
  MetricLevel(const MetricLevel&) = delete;
  MetricLevel& operator=(const MetricLevel&) = delete;
  ~MetricLevel() { gauge_.add(0, -static_cast<double>(value_.load())); }

  void add(std::int32_t amount) {
    value_.fetch_add(static_cast<std::uint32_t>(amount), std::memory_order_relaxed);
    gauge_.add(0, amount);
  }
  std::uint32_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  MetricChild& gauge_;
  std::atomic<std::uint32_t> value_ = 0;
};

}  // namespace plinth::base
