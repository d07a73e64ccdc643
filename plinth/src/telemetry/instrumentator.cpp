// Measures requests. Names, labels, texts and buckets are those of
// prometheus-fastapi-instrumentator 8.0, so that its dashboards keep working.
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http/characters.hpp"
#include "plinth/app.hpp"
#include "plinth/secrets.hpp"
#include "plinth/telemetry.hpp"
#include "schema/pattern.hpp"
#include "security/credentials.hpp"
#include "telemetry/registry.hpp"

namespace plinth {
namespace {

using Child = base::MetricChild;
using Family = base::MetricFamily;
using Kind = base::MetricKind;

// Others are counted as OTHER: a client may send any token, and each would be a time series.
constexpr std::array<std::string_view, 10> methods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE", "CONNECT"};
constexpr std::size_t method_count = methods.size() + 1;
constexpr std::size_t status_count = 6;  // by hundreds

std::size_t method_index(std::string_view method) {
  return static_cast<std::size_t>(std::ranges::find(methods, method) - methods.begin());
}
std::string_view method_label(std::size_t index) {
  return index < methods.size() ? methods[index] : "OTHER";
}

std::uint64_t now() {
  ::timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

double content_length(const Request& request) {
  const auto field = request.header("content-length");
  if (!field) return 0;
  double length = 0;
  std::from_chars(field->data(), field->data() + field->size(), length);
  return length;
}

std::vector<double> ending_in_infinity(std::vector<double> buckets) {
  buckets.push_back(std::numeric_limits<double>::infinity());
  return buckets;
}

// The time series of one handler; made when first counted.
struct Series {
  bool excluded = false;
  Child* request_size = nullptr;
  Child* response_size = nullptr;
  std::array<std::atomic<Child*>, method_count> duration{};
  std::array<std::array<std::atomic<Child*>, status_count>, method_count> total{};
};

class Instrumentation final : public detail::Middleware {
 public:
  Instrumentation(CollectorRegistry registry, const InstrumentatorOptions& options,
                  InstrumentOptions latency)
      : registry_(std::move(registry)),
        options_(options),
        only_2xx_(latency.should_only_respect_2xx_for_highr),
        caches_(registry_.impl().slots()) {
    auto& all = registry_.impl();
    total_ = all.add({.kind = Kind::counter,
                      .name = "http_requests",
                      .documentation = "Total number of requests by method, status and handler.",
                      .labels = {"method", "status", "handler"}});
    const std::string of_header =
        " by handler. Only value of header is respected. Otherwise ignored. No percentile "
        "calculated. ";
    request_size_ = all.add({.kind = Kind::summary,
                             .name = "http_request_size_bytes",
                             .documentation = "Content length of incoming requests" + of_header,
                             .labels = {"handler"}});
    response_size_ = all.add({.kind = Kind::summary,
                              .name = "http_response_size_bytes",
                              .documentation = "Content length of outgoing responses" + of_header,
                              .labels = {"handler"}});
    highr_ = all.add({.kind = Kind::histogram,
                      .name = "http_request_duration_highr_seconds",
                      .documentation = "Latency with many buckets but no API specific labels. "
                                       "Made for more accurate percentile calculations. ",
                      .labels = {},
                      .buckets = ending_in_infinity(std::move(latency.latency_highr_buckets))});
    duration_ = all.add({.kind = Kind::histogram,
                         .name = "http_request_duration_seconds",
                         .documentation = "Latency with only few buckets by handler. Made to be "
                                          "only used if aggregation by handler is important. ",
                         .labels = {"method", "handler"},
                         .buckets = ending_in_infinity(std::move(latency.latency_lowr_buckets))});
    if (options_.should_instrument_requests_inprogress) {
      in_progress_ = all.add({.kind = Kind::gauge,
                              .name = options_.inprogress_name,
                              .documentation = "Number of HTTP requests in progress.",
                              .labels = {},
                              .mode = base::GaugeMode::livesum});
    }
    for (const auto& pattern : options_.excluded_handlers) excluded_.emplace_back(pattern);
  }

  bool before(Request&, Response&, std::uint64_t& started) override {
    started = now();
    if (in_progress_) in_progress_->child({})->add(0, 1);
    return true;
  }

  Task<void> after(const Request& request, Response& response, std::uint64_t started) override {
    if (in_progress_) in_progress_->child({})->add(0, -1);
    if (request.route.empty() && options_.should_ignore_untemplated) return {};
    const std::string_view handler = request.route.empty() ? "none" : request.route;
    auto& series = series_of(handler);
    if (series.excluded) return {};

    const auto method = method_index(request.method);
    const auto duration = static_cast<double>(now() - started) / 1e9;
    total(series, handler, method, response.status).add(0, 1);
    request_size_->observe(*series.request_size, content_length(request));
    response_size_->observe(*series.response_size, static_cast<double>(response.content().size()));
    if (!only_2xx_ || response.status / 100 == 2) highr_->observe(*highr_child(), duration);
    duration_->observe(
        child_of(series.duration[method], *duration_, {method_label(method), handler}), duration);
    return {};
  }

 private:
  // On lines of its own, so that threads do not slow each other down.
  struct alignas(64) Cache {
    std::unordered_map<std::string_view, Series*> series;
  };

  Child* highr_child() {
    auto* child = highr_child_.load(std::memory_order_acquire);
    if (child) return child;
    child = highr_->child({});
    highr_child_.store(child, std::memory_order_release);
    return child;
  }

  Series& series_of(std::string_view handler) {
    const auto slot = base::thread_slot();
    if (slot >= caches_.size()) return *shared_series(handler).second;
    auto& cache = caches_[slot].series;
    if (const auto found = cache.find(handler); found != cache.end()) return *found->second;
    const auto [name, series] = shared_series(handler);
    cache.emplace(name, series);
    return *series;
  }

  std::pair<std::string_view, Series*> shared_series(std::string_view handler) {
    const std::lock_guard lock(mutex_);
    auto [entry, is_new] = series_.try_emplace(std::string(handler));
    auto& [name, series] = *entry;
    if (is_new) {
      series.excluded = std::ranges::any_of(
          excluded_, [&](const auto& pattern) { return pattern.found_in(name); });
      if (!series.excluded) {
        const std::string_view labels[] = {name};
        series.request_size = request_size_->child(labels);
        series.response_size = response_size_->child(labels);
      }
    }
    return {name, &series};
  }

  static Child& child_of(std::atomic<Child*>& kept, Family& family,
                         std::initializer_list<std::string_view> labels) {
    auto* child = kept.load(std::memory_order_acquire);
    if (!child) {
      child = family.child({labels.begin(), labels.size()});
      kept.store(child, std::memory_order_release);
    }
    return *child;
  }

  Child& total(Series& series, std::string_view handler, std::size_t method, int status) {
    if (!options_.should_group_status_codes) {
      const auto code = std::to_string(status);
      const std::string_view labels[] = {method_label(method), code, handler};
      return *total_->child(labels);
    }
    constexpr std::string_view classes[status_count] = {"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const auto hundreds = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
    return child_of(series.total[method][hundreds], *total_,
                    {method_label(method), classes[hundreds], handler});
  }

  CollectorRegistry registry_;
  InstrumentatorOptions options_;
  bool only_2xx_;
  std::deque<schema::Pattern> excluded_;
  std::shared_ptr<Family> total_, request_size_, response_size_, highr_, duration_, in_progress_;
  std::atomic<Child*> highr_child_ = nullptr;
  std::vector<Cache> caches_;  // by thread slot
  std::mutex mutex_;
  std::unordered_map<std::string, Series> series_;  // never removed, so that caches stay good
};

Response unauthorized() {
  Response response{
      .status = 401, .body = R"({"detail":"Not authenticated"})", .media_type = "application/json"};
  response.headers.append("www-authenticate", "Bearer");
  return response;
}

bool is_allowed(const CollectorRegistry& registry, const Request& request) {
  const auto token = registry.impl().bearer_token();
  if (token.empty()) return true;
  const auto given = security::authorization_of(request);
  return given && http::equal_ignoring_case(given->scheme, "bearer") &&
         compare_digest(given->credentials, token);
}

Task<Response> metrics(const CollectorRegistry& registry, const Request& request) {
  if (!is_allowed(registry, request)) co_return unauthorized();
  co_await registry.collect();
  Response response{.body = co_await in_thread([registry] { return registry.generate_latest(); }),
                    .media_type = "text/plain; version=0.0.4; charset=utf-8"};
  co_return response;
}

}  // namespace

Instrumentator::Instrumentator(CollectorRegistry registry, InstrumentatorOptions options)
    : registry_(std::move(registry)), options_(std::move(options)) {}

Instrumentator& Instrumentator::instrument(App& app, InstrumentOptions options) {
  app.add_middleware(std::make_unique<Instrumentation>(registry_, options_, std::move(options)));
  return *this;
}

Instrumentator& Instrumentator::expose(App& app, ExposeOptions options) {
  registry_.impl().need_token(std::move(options.bearer_token));
  app.provide(registry_);
  app.get<metrics>(std::move(options.endpoint), {.tags = std::move(options.tags),
                                                 .include_in_schema = options.include_in_schema,
                                                 .access = Access::open});
  return *this;
}

}  // namespace plinth
