// What counting costs: in memory, and in the file that several processes share; one thread, and as
// many as there are cores. Rounds alternate, so that what slows the machine slows both.
//
//   build/release/bin/bench_metrics
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/metric_folder.hpp"
#include "base/metric_registry.hpp"
#include "support/temporary_folder.hpp"

using namespace plinth::base;

namespace {

constexpr int rounds = 15;
constexpr int times = 5'000'000;

struct Counted {
  explicit Counted(MetricFile* file)
      : registry(file),
        counter(*registry.add({.kind = MetricKind::counter, .name = "orders"})),
        histogram(*registry.add({.kind = MetricKind::histogram,
                                 .name = "seconds",
                                 .buckets = {0.1, 0.5, 1, INFINITY}})) {}

  MetricRegistry registry;
  MetricFamily& counter;
  MetricFamily& histogram;
};

// Nanoseconds of one, of the slowest thread.
template <class Count>
double measure(unsigned threads, Count count) {
  std::vector<double> took(threads);
  std::vector<std::jthread> running;
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&took, &count, i] {
      const auto begin = std::chrono::steady_clock::now();
      for (int n = 0; n < times; ++n) count();
      const std::chrono::duration<double, std::nano> time =
          std::chrono::steady_clock::now() - begin;
      took[i] = time.count() / times;
    });
  }
  running.clear();
  return *std::max_element(took.begin(), took.end());
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main() {
  const support::TemporaryFolder place;
  MetricFolder folder(place.path());
  Counted memory(nullptr);
  Counted shared(&folder.file());
  std::printf("%-28s %10s %10s\n", "ns each, median of 15", "memory", "file");
  for (const unsigned threads : {1U, std::max(2U, std::thread::hardware_concurrency())}) {
    std::vector<double> inc[2];
    std::vector<double> observe[2];
    for (int round = 0; round < rounds; ++round) {
      for (int which = 0; which < 2; ++which) {
        auto& counted = which == 0 ? memory : shared;
        auto& counter = counted.counter.with({});
        auto& child = counted.histogram.with({});
        inc[which].push_back(measure(threads, [&] { counter.add(0, 1); }));
        observe[which].push_back(measure(threads, [&] { counted.histogram.observe(child, 0.25); }));
      }
    }
    std::printf("inc(), %u threads %22.2f %10.2f\n", threads, median(inc[0]), median(inc[1]));
    std::printf("observe(), %u threads %18.2f %10.2f\n", threads, median(observe[0]),
                median(observe[1]));
  }
}
