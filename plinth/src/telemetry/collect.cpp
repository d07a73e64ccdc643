// What a scrape shows: this registry's metrics, the library's, and those of other processes.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metric_folder.hpp"
#include "base/process_metrics.hpp"
#include "plinth/telemetry.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/process.hpp"
#include "telemetry/registry.hpp"

namespace plinth {
namespace {

using Families = std::vector<std::shared_ptr<base::MetricFamily>>;

Families families_of(const telemetry::Registry& registry) {
  auto families = registry.families();
  if (!registry.shows_runtime()) return families;
  auto own = base::process_metrics().registry.families();
  std::ranges::sort(own, {}, [](const auto& family) { return family->description().name; });
  families.insert(families.end(), own.begin(), own.end());
  return families;
}

std::string of_this_process(const Families& families) {
  std::string out;
  telemetry::append_process(out);
  for (const auto& family : families) telemetry::append_family(out, snapshot_of(*family));
  return out;
}

std::string of_all_processes(const Families& families, base::MetricFolder& folder) {
  base::MetricMerge merge;
  // The order of this process's, whoever has counted what.
  for (const auto& family : families) merge.expect(family->description());
  std::vector<telemetry::ProcessId> alive;
  for (auto& file : folder.read()) {
    if (file.is_alive) alive.push_back({file.pid, file.pid_namespace});
    merge.add(std::move(file));
  }
  std::string out;
  telemetry::append_processes(out, alive);
  for (const auto& family : merge.take()) telemetry::append_family(out, family);
  return out;
}

struct Busy {
  explicit Busy(telemetry::Registered& registered) : of(registered) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { of.busy = false; }
  telemetry::Registered& of;
};

// Goes on when its scrape has gone or does not wait any more.
Task<void> work(std::shared_ptr<telemetry::Registered> registered,
                std::shared_ptr<base::Arrival::Slot> done) {
  const Busy busy(*registered);
  try {
    co_await registered->collector->collect();
  } catch (const std::exception& error) {
    base::log(base::Level::warning, "a collector of metrics failed", {{"error", error.what()}});
  }
  done->arrive();
}

}  // namespace

void CollectorRegistry::register_collector(std::shared_ptr<Collector> collector) const {
  impl_->add_collector(std::move(collector));
}

void CollectorRegistry::register_runtime(std::string_view app_version) const {
  impl_->show_runtime();
  telemetry::tell_build(*impl_, app_version);
}

Task<void> CollectorRegistry::collect(std::int64_t timeout_ms) const {
  const auto registry = impl_;
  for (const auto& registered : registry->collectors()) {
    if (registered->busy.exchange(true)) continue;
    base::Arrival arrival;
    boost::asio::steady_timer timer(base::Loop::current().context(),
                                    std::chrono::milliseconds(timeout_ms));
    timer.async_wait([slot = arrival.slot()](const boost::system::error_code& error) {
      if (!error) slot->arrive();
    });
    base::Loop::current().spawn(work(registered, arrival.slot()));
    co_await arrival;
  }
}

std::string CollectorRegistry::generate_latest() const {
  const auto families = families_of(*impl_);
  auto* folder = base::process_metric_folder();
  return folder ? of_all_processes(families, *folder) : of_this_process(families);
}

}  // namespace plinth
