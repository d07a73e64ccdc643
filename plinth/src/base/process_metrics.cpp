#include "base/process_metrics.hpp"

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plinth::base {
namespace {

using Labels = std::vector<std::string>;

constexpr auto infinity = std::numeric_limits<double>::infinity();
// In seconds. Those of the database are OpenTelemetry's advice for db.client.operation.duration.
constexpr double lag_buckets[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,    0.1,
                                  0.25,  0.5,    1,     2.5,  5,     infinity};
constexpr double job_buckets[] = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
                                  0.5,   1,     2.5,  5,    10,  infinity};
constexpr double db_buckets[] = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, infinity};

MetricFamily& add(MetricRegistry& registry, MetricDescription description) {
  return *registry.add(std::move(description));  // the registry keeps it
}

MetricFamily& counter(MetricRegistry& to, const char* name, const char* text, Labels labels = {}) {
  return add(to, {.kind = MetricKind::counter,
                  .name = name,
                  .documentation = text,
                  .labels = std::move(labels)});
}

MetricFamily& gauge(MetricRegistry& to, const char* name, const char* text, Labels labels = {},
                    GaugeMode mode = GaugeMode::livesum) {
  return add(to, {.kind = MetricKind::gauge,
                  .name = name,
                  .documentation = text,
                  .labels = std::move(labels),
                  .mode = mode});
}

MetricFamily& histogram(MetricRegistry& to, const char* name, const char* text, Labels labels,
                        std::span<const double> buckets) {
  return add(to, {.kind = MetricKind::histogram,
                  .name = name,
                  .documentation = text,
                  .labels = std::move(labels),
                  .buckets = {buckets.begin(), buckets.end()}});
}

}  // namespace

// Names: OpenTelemetry's semantic conventions for databases as its Prometheus exporters write them,
// celery-exporter's for tasks; plinth_ where the field has none.
ProcessMetrics::ProcessMetrics()
    : registry(),
      log_records(counter(registry, "plinth_log_records",
                          "Log records, those that were dropped among them.", {"level"})),
      log_records_dropped(counter(registry, "plinth_log_records_dropped",
                                  "Log records that the queue of the log had no room for.")),
      loop_lag(histogram(registry, "plinth_event_loop_lag_seconds",
                         "How late an event loop came to a timer, four times a second.", {"loop"},
                         lag_buckets)),
      pool_threads(gauge(registry, "plinth_worker_pool_threads", "Threads of a pool.", {"pool"})),
      pool_busy(gauge(registry, "plinth_worker_pool_threads_busy",
                      "Threads of a pool that run a job.", {"pool"})),
      pool_queued(gauge(registry, "plinth_worker_pool_queue_length",
                        "Jobs that wait for a thread of a pool.", {"pool"})),
      pool_rejected(counter(registry, "plinth_worker_pool_jobs_rejected",
                            "Jobs that a pool refused because its queue was full or too slow.",
                            {"pool"})),
      pool_wait(histogram(registry, "plinth_worker_pool_wait_seconds",
                          "How long jobs waited for a thread of a pool.", {"pool"}, job_buckets)),
      pool_run(histogram(registry, "plinth_worker_pool_run_seconds",
                         "How long jobs ran on a thread of a pool.", {"pool"}, job_buckets)),
      process_starts(
          counter(registry, "plinth_process_starts", "Processes that have been started.")),
      db_connections(gauge(registry, "db_client_connections_usage",
                           "Connections to the database, by what they do.", {"pool", "state"})),
      db_connections_max(gauge(registry, "db_client_connections_max",
                               "Connections for transactions that may be open.", {"pool"})),
      db_pending(gauge(registry, "db_client_connections_pending_requests",
                       "Who waits for a connection, or for SQLite's writer.", {"pool"})),
      db_wait(histogram(registry, "db_client_connections_wait_time_seconds",
                        "How long transactions waited for a connection.", {"pool"}, db_buckets)),
      db_timeouts(counter(registry, "db_client_connections_timeouts",
                          "Transactions that got no connection in time.", {"pool"})),
      db_operation(histogram(registry, "db_client_operation_duration_seconds",
                             "How long statements took, their waits counted.", {}, db_buckets)),
      rate_limit_decisions(counter(registry, "plinth_rate_limit_decisions",
                                   "Decisions of rate limits.", {"limit", "outcome"})),
      rate_limit_store_failures(counter(registry, "plinth_rate_limit_store_failures",
                                        "Decisions for which Redis could not be asked.")),
      connections_open(gauge(registry, "plinth_http_connections", "Open connections of clients.")),
      connections_accepted(
          counter(registry, "plinth_http_connections_accepted", "Connections that were accepted.")),
      requests_active(
          gauge(registry, "http_server_active_requests", "Requests whose handler runs.")),
      connections_refused(counter(registry, "plinth_http_connections_refused",
                                  "Connections that were refused.", {"reason"})),
      requests_refused(counter(registry, "plinth_http_requests_refused",
                               "Requests that were answered before the application saw them.",
                               {"reason"})),
      tls_failures(counter(registry, "plinth_tls_handshake_failures",
                           "TLS handshakes that came to nothing.")),
      certificate_expiry(gauge(registry, "plinth_tls_certificate_expiry_timestamp_seconds",
                               "When the certificate that is used expires, in seconds since 1970.",
                               {"subject"}, GaugeMode::livemin)),
      draining(gauge(registry, "plinth_process_draining",
                     "Processes that were told to stop and finish what they do.")),
      tasks_sent(counter(registry, "celery_task_sent", "Tasks that this application has sent.",
                         {"name", "queue_name"})),
      spans_exported(
          counter(registry, "plinth_trace_spans_exported", "Spans that a collector took.")),
      spans_dropped(counter(registry, "plinth_trace_spans_dropped",
                            "Spans that found no room, or no collector.")) {
  process_starts.add();
}

ProcessMetrics& process_metrics() {
  // Never destroyed: threads may count after main has ended.
  static auto& metrics = *new ProcessMetrics;
  return metrics;
}

}  // namespace plinth::base
