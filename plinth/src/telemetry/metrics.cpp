// The public handles on metrics.
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "plinth/telemetry.hpp"
#include "telemetry/registry.hpp"

namespace plinth {
namespace {

using Child = base::MetricChild;
using Description = base::MetricDescription;
using Family = base::MetricFamily;
using Kind = base::MetricKind;

Child& need(const Family& family, Child* child) {
  if (child) return *child;
  throw std::logic_error("metric \"" + family.description().name +
                         "\" has labels: count with labels(…)");
}

std::shared_ptr<Family> add(const CollectorRegistry& registry, Description description) {
  return registry.impl().add(std::move(description));
}

Child* only_child(Family& family) {
  return family.description().labels.empty() ? family.child({}) : nullptr;
}

std::string without_total(std::string_view name) {
  if (name.ends_with("_total")) name.remove_suffix(6);
  return std::string(name);
}

std::vector<double> with_infinity(std::vector<double> buckets) {
  const auto infinity = std::numeric_limits<double>::infinity();
  if (buckets.empty() || buckets.back() != infinity) buckets.push_back(infinity);
  return buckets;
}

double wall_seconds() { return static_cast<double>(base::clock_microseconds()) / 1e6; }

}  // namespace

CollectorRegistry::CollectorRegistry() : impl_(std::make_shared<telemetry::Registry>()) {}

namespace detail {

Metric::Metric(std::shared_ptr<Family> family, Child* child)
    : family_(std::move(family)), child_(child ? child : only_child(*family_)) {}

Metric Metric::with_labels(std::initializer_list<std::string_view> values) const {
  return Metric(family_, family_->child({values.begin(), values.size()}));
}

void Metric::add(std::size_t cell, double amount) const {
  need(*family_, child_).add(cell, amount);
}

void Metric::observe(double value) const { family_->observe(need(*family_, child_), value); }

}  // namespace detail

Counter::Counter(const CollectorRegistry& registry, std::string_view name,
                 std::string_view documentation, std::vector<std::string> labelnames)
    : Metric(::plinth::add(registry, {.kind = Kind::counter,
                                      .name = without_total(name),
                                      .documentation = std::string(documentation),
                                      .labels = std::move(labelnames)}),
             nullptr) {}

void Counter::inc(double amount) const {
  if (!(amount >= 0)) {
    throw std::invalid_argument("counter \"" + family_->description().name +
                                "\": the amount is negative");
  }
  add(0, amount);
}

static_assert(static_cast<int>(base::GaugeMode::mostrecent) ==
              static_cast<int>(MultiprocessMode::mostrecent));

Gauge::Gauge(const CollectorRegistry& registry, std::string_view name,
             std::string_view documentation, std::vector<std::string> labelnames,
             MultiprocessMode multiprocess_mode)
    : Metric(::plinth::add(registry, {.kind = Kind::gauge,
                                      .name = std::string(name),
                                      .documentation = std::string(documentation),
                                      .labels = std::move(labelnames),
                                      .mode = static_cast<base::GaugeMode>(multiprocess_mode)}),
             nullptr) {}

// A gauge is shared by all threads, because the last set() counts, whoever called it.
void Gauge::inc(double amount) const {
  auto& child = need(*family_, child_);
  child.add_shared(0, amount);
  if (is_most_recent(family_->description().mode)) child.set_time(wall_seconds());
}
void Gauge::set(double value) const {
  auto& child = need(*family_, child_);
  child.set(value);
  if (is_most_recent(family_->description().mode)) child.set_time(wall_seconds());
}

Summary::Summary(const CollectorRegistry& registry, std::string_view name,
                 std::string_view documentation, std::vector<std::string> labelnames)
    : Metric(::plinth::add(registry, {.kind = Kind::summary,
                                      .name = std::string(name),
                                      .documentation = std::string(documentation),
                                      .labels = std::move(labelnames)}),
             nullptr) {}

Histogram::Histogram(const CollectorRegistry& registry, std::string_view name,
                     std::string_view documentation, std::vector<std::string> labelnames,
                     std::vector<double> buckets)
    : Metric(::plinth::add(registry, {.kind = Kind::histogram,
                                      .name = std::string(name),
                                      .documentation = std::string(documentation),
                                      .labels = std::move(labelnames),
                                      .buckets = with_infinity(std::move(buckets))}),
             nullptr) {}

}  // namespace plinth
