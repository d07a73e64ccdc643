// Metrics for Prometheus. Stands for prometheus_client and prometheus-fastapi-instrumentator.
// Example: plinth/examples/09_metrics.cpp
//
//   auto registry = CollectorRegistry();
//   auto orders = Counter(registry, "orders", "Orders taken.", {"shop"});
//   orders.labels("north").inc();
//
//   Instrumentator(registry).instrument(app).expose(app, {.include_in_schema = false});
//
// Metrics are handles: copies count the same thing, and it lives as long as the registry or a
// handle does. Counting is for any thread and takes a few ns: each thread has numbers of its own,
// which are added up when somebody asks. Keep what labels() gives where it counts often.
//
// With PROMETHEUS_MULTIPROC_DIR, which `app serve --workers` sets by itself, the numbers of all
// processes of a host lie in that folder, and each of them shows the sums: docs/metrics.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/task.hpp"

namespace plinth {

class App;

namespace base {
class MetricFamily;
class MetricChild;
}  // namespace base
namespace telemetry {
class Registry;
}

/// Brings gauges up to date just before they are shown. Stands for prometheus_client's custom
/// collectors.
struct Collector {
  virtual ~Collector() = default;
  /// On the event loop of the request that asks, at most once at a time; may wait for a database.
  /// What it throws is logged, and its gauges stay as they were.
  virtual Task<void> collect() = 0;
};

/// All metrics that are shown together.
class CollectorRegistry {
 public:
  CollectorRegistry();

  void register_collector(std::shared_ptr<Collector> collector) const;
  /// From now on also shows what the library counts about the process: event loops, connections,
  /// thread pools, the database's, log records, … and its version.
  void register_runtime(std::string_view app_version = {}) const;

  /// Lets the collectors work; those that take longer than so long are not waited for.
  Task<void> collect(std::int64_t timeout_ms = 2000) const;

  /// Everything in Prometheus' text format 0.0.4, with the figures of the process (process_…).
  /// Reads files under /proc: not for an event loop.
  std::string generate_latest() const;

  telemetry::Registry& impl() const { return *impl_; }

 private:
  std::shared_ptr<telemetry::Registry> impl_;
};

namespace detail {

// One metric, or, once labels() has been called, one of its label sets.
class Metric {
 protected:
  Metric(std::shared_ptr<base::MetricFamily> family, base::MetricChild* child);

  Metric with_labels(std::initializer_list<std::string_view> values) const;
  void add(std::size_t cell, double amount) const;
  void observe(double value) const;

  std::shared_ptr<base::MetricFamily> family_;
  base::MetricChild* child_;  // null until a metric with labels is given them
};

}  // namespace detail

// All throw std::invalid_argument, naming the metric: for a name that is none, that the registry
// has already, or for another number of labels than was declared. A metric with labels counts
// nothing itself: std::logic_error. A metric keeps at most 10,000 label sets; further ones share
// one whose labels are "_other".

/// A number that only grows. Shown as name_total.
class Counter : detail::Metric {
 public:
  Counter(const CollectorRegistry& registry, std::string_view name, std::string_view documentation,
          std::vector<std::string> labelnames = {});

  template <class... Text>
  Counter labels(const Text&... values) const {
    return Counter(with_labels({std::string_view(values)...}));
  }
  /// amount  not negative: std::invalid_argument
  void inc(double amount = 1) const;

 private:
  explicit Counter(Metric metric) : Metric(std::move(metric)) {}
};

/// How the gauges of several processes are shown as one. Those that begin with `live` forget a
/// process when it has gone.
enum class MultiprocessMode : std::uint8_t {
  liveall,  // one each, told apart by the label "pid"
  livesum,
  livemin,
  livemax,
  livemostrecent,  // the one that was set last
  sum,
  min,
  max,
  mostrecent,
};

/// A number that goes up and down.
class Gauge : detail::Metric {
 public:
  Gauge(const CollectorRegistry& registry, std::string_view name, std::string_view documentation,
        std::vector<std::string> labelnames = {},
        MultiprocessMode multiprocess_mode = MultiprocessMode::liveall);

  template <class... Text>
  Gauge labels(const Text&... values) const {
    return Gauge(with_labels({std::string_view(values)...}));
  }
  void inc(double amount = 1) const;
  void dec(double amount = 1) const { inc(-amount); }
  void set(double value) const;

 private:
  explicit Gauge(Metric metric) : Metric(std::move(metric)) {}
};

/// Count and sum of what was observed.
class Summary : detail::Metric {
 public:
  Summary(const CollectorRegistry& registry, std::string_view name, std::string_view documentation,
          std::vector<std::string> labelnames = {});

  template <class... Text>
  Summary labels(const Text&... values) const {
    return Summary(with_labels({std::string_view(values)...}));
  }
  void observe(double value) const { Metric::observe(value); }

 private:
  explicit Summary(Metric metric) : Metric(std::move(metric)) {}
};

/// How many observations were at most each of the buckets' bounds, and their sum.
class Histogram : detail::Metric {
 public:
  /// buckets  ascending; +Inf is added
  Histogram(const CollectorRegistry& registry, std::string_view name,
            std::string_view documentation, std::vector<std::string> labelnames = {},
            std::vector<double> buckets = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1,
                                           2.5, 5, 7.5, 10});

  template <class... Text>
  Histogram labels(const Text&... values) const {
    return Histogram(with_labels({std::string_view(values)...}));
  }
  void observe(double value) const { Metric::observe(value); }

 private:
  explicit Histogram(Metric metric) : Metric(std::move(metric)) {}
};

struct InstrumentatorOptions {
  bool should_group_status_codes = true;   // "2xx" instead of "200"
  bool should_ignore_untemplated = false;  // leave out what no route answers; else its handler is
                                           // "none"
  bool should_instrument_requests_inprogress = false;
  std::string inprogress_name = "http_requests_inprogress";
  std::vector<std::string> excluded_handlers =
      {};  // regular expressions (RE2), searched in templates
};

struct InstrumentOptions {
  bool should_only_respect_2xx_for_highr = false;
  std::vector<double> latency_highr_buckets = {0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
                                               0.75, 1,     1.5,  2,     2.5, 3,    3.5,
                                               4,    4.5,   5,    7.5,   10,  30,   60};
  std::vector<double> latency_lowr_buckets = {0.1, 0.5, 1};
};

struct ExposeOptions {
  std::string endpoint = "/metrics";
  bool include_in_schema = true;
  std::vector<std::string> tags = {};
  // Not empty: only who sends "Authorization: Bearer <this>" is shown them; others get 401.
  std::string bearer_token = {};
};

/// Measures every request of an app. Source: prometheus-fastapi-instrumentator 8.0
class Instrumentator {
 public:
  explicit Instrumentator(CollectorRegistry registry = {}, InstrumentatorOptions options = {});

  /// Adds a middleware; call it after those that shall be measured with the request.
  Instrumentator& instrument(App& app, InstrumentOptions options = {});
  /// Adds the route that shows the metrics. The app provides the registry from now on.
  Instrumentator& expose(App& app, ExposeOptions options = {});

 private:
  CollectorRegistry registry_;
  InstrumentatorOptions options_;
};

}  // namespace plinth
