// The public handles on metrics.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "plinth/telemetry.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/process.hpp"
#include "telemetry/registry.hpp"

namespace plinth {
namespace {

using telemetry::Child;
using telemetry::Description;
using telemetry::Family;
using telemetry::Kind;

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

}  // namespace

CollectorRegistry::CollectorRegistry() : impl_(std::make_shared<telemetry::Registry>()) {}

std::string CollectorRegistry::generate_latest() const {
  std::string out;
  telemetry::append_process(out);
  for (const auto& family : impl_->families()) telemetry::append_family(out, *family);
  return out;
}

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

Gauge::Gauge(const CollectorRegistry& registry, std::string_view name,
             std::string_view documentation, std::vector<std::string> labelnames)
    : Metric(::plinth::add(registry, {.kind = Kind::gauge,
                                      .name = std::string(name),
                                      .documentation = std::string(documentation),
                                      .labels = std::move(labelnames)}),
             nullptr) {}

// A gauge is shared by all threads, because the last set() counts, whoever called it.
void Gauge::inc(double amount) const { need(*family_, child_).add_shared(0, amount); }
void Gauge::set(double value) const { need(*family_, child_).set(value); }

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
