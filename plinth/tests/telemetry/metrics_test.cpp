#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plinth/telemetry.hpp"
#include "plinth/testing.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/registry.hpp"

using namespace plinth;

namespace {

// Without the figures of the process.
std::string shown(const CollectorRegistry& registry) {
  std::string out;
  for (const auto& family : registry.impl().families())
    telemetry::append_family(out, snapshot_of(*family));
  return out;
}

std::string number(double value) {
  std::string out;
  telemetry::append_number(out, value);
  return out;
}

}  // namespace

TEST_CASE("numbers are written as prometheus_client writes them") {
  CHECK(number(0) == "0.0");
  CHECK(number(1) == "1.0");
  CHECK(number(-2.5) == "-2.5");
  CHECK(number(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number(6.4799999999999995) == "6.4799999999999995");
  CHECK(number(163) == "163.0");
  CHECK(number(999999) == "999999.0");
  CHECK(number(1000000) == "1e+06");
  CHECK(number(294576128) == "2.94576128e+08");
  CHECK(number(1795358939.81) == "1.79535893981e+09");
  CHECK(number(1e16) == "1e+16");
  CHECK(number(1e-7) == "1e-07");
  CHECK(number(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(number(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(number(std::nan("")) == "NaN");
}

TEST_CASE("a counter is shown with its total and when it began") {
  auto clock = freeze_time("2026-11-22T14:49:05.500000Z");
  CollectorRegistry registry;
  auto orders = Counter(registry, "orders_total", "Orders taken.", {"shop", "kind"});
  orders.labels("north", "new").inc();
  orders.labels("north", "new").inc(2);
  orders.labels("south", "old").inc(0.5);
  CHECK(shown(registry) ==
        "# HELP orders_total Orders taken.\n"
        "# TYPE orders_total counter\n"
        "orders_total{kind=\"new\",shop=\"north\"} 3.0\n"
        "orders_total{kind=\"old\",shop=\"south\"} 0.5\n"
        "# HELP orders_created Orders taken.\n"
        "# TYPE orders_created gauge\n"
        "orders_created{kind=\"new\",shop=\"north\"} 1.7953589455e+09\n"
        "orders_created{kind=\"old\",shop=\"south\"} 1.7953589455e+09\n");
}

TEST_CASE("a gauge goes up and down and can be set") {
  CollectorRegistry registry;
  auto jobs = Gauge(registry, "jobs", "Jobs that run.");
  jobs.set(5);
  jobs.inc();
  jobs.dec(2);
  CHECK(shown(registry) == "# HELP jobs Jobs that run.\n# TYPE jobs gauge\njobs 4.0\n");
}

TEST_CASE("a histogram counts what is at most the bound") {
  auto clock = freeze_time("2026-11-22T14:49:05Z");
  CollectorRegistry registry;
  auto sizes = Histogram(registry, "sizes", "Sizes.", {}, {1, 2.5});
  for (double size : {0.5, 1.0, 2.0, 3.0}) sizes.observe(size);
  CHECK(shown(registry) ==
        "# HELP sizes Sizes.\n"
        "# TYPE sizes histogram\n"
        "sizes_bucket{le=\"1.0\"} 2.0\n"
        "sizes_bucket{le=\"2.5\"} 3.0\n"
        "sizes_bucket{le=\"+Inf\"} 4.0\n"
        "sizes_count 4.0\n"
        "sizes_sum 6.5\n"
        "# HELP sizes_created Sizes.\n"
        "# TYPE sizes_created gauge\n"
        "sizes_created 1.795358945e+09\n");
}

TEST_CASE("texts are escaped") {
  CollectorRegistry registry;
  auto odd = Gauge(registry, "odd", "a\\b\nc \"d\"", {"label"});
  odd.labels("x\\y\"z\n").set(1);
  CHECK(shown(registry) ==
        "# HELP odd a\\\\b\\nc \"d\"\n# TYPE odd gauge\nodd{label=\"x\\\\y\\\"z\\n\"} 1.0\n");
}

TEST_CASE("wrong use of a metric is an exception that names it") {
  CollectorRegistry registry;
  CHECK_THROWS_AS(Counter(registry, "1st", ""), std::invalid_argument);
  CHECK_THROWS_AS(Counter(registry, "a", "", {"__name"}), std::invalid_argument);
  CHECK_THROWS_AS(Histogram(registry, "a", "", {"le"}), std::invalid_argument);
  CHECK_THROWS_AS(Histogram(registry, "a", "", {}, {2, 1}), std::invalid_argument);
  auto labelled = Counter(registry, "b", "", {"x"});
  CHECK_THROWS_WITH_AS(Counter(registry, "b_total", ""), "metric \"b\": registered already",
                       std::invalid_argument);
  CHECK_THROWS_AS(Gauge(registry, "b_created", ""), std::invalid_argument);
  CHECK_THROWS_WITH_AS(labelled.labels("1", "2"), "metric \"b\": 1 labels needed, 2 given",
                       std::invalid_argument);
  CHECK_THROWS_AS(labelled.inc(), std::logic_error);
  CHECK_THROWS_AS(labelled.labels("1").inc(-1), std::invalid_argument);
}

TEST_CASE("label sets beyond the limit share one") {
  CollectorRegistry registry;
  auto visits = Counter(registry, "visits", "", {"who"});
  for (int i = 0; i < 10'005; ++i) visits.labels(std::to_string(i)).inc();
  CHECK(shown(registry).find("visits_total{who=\"_other\"} 5.0\n") != std::string::npos);
  visits.labels("7").inc();
  CHECK(shown(registry).find("visits_total{who=\"7\"} 2.0\n") != std::string::npos);
}

TEST_CASE("what many threads count adds up, also when threads come and go") {
  CollectorRegistry registry;
  auto hits = Counter(registry, "hits", "");
  auto times = Summary(registry, "times", "");
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 40; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) {
          hits.inc();
          times.observe(0.5);
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto text = shown(registry);
  CHECK(text.find("hits_total 120000.0\n") != std::string::npos);
  CHECK(text.find("times_count 120000.0\ntimes_sum 60000.0\n") != std::string::npos);
}

TEST_CASE("the process tells its figures under Prometheus' names") {
  const auto text = CollectorRegistry().generate_latest();
  std::size_t at = 0;
  for (std::string_view name : {"process_virtual_memory_bytes", "process_resident_memory_bytes",
                                "process_start_time_seconds", "process_cpu_seconds_total",
                                "process_open_fds", "process_max_fds"}) {
    CAPTURE(name);
    const auto line = text.find("\n" + std::string(name) + " ", at);
    REQUIRE(line != std::string::npos);
    CHECK(std::stod(text.substr(line + name.size() + 2)) >= 0);
    at = line;
  }
  CHECK(std::stod(text.substr(text.find("\nprocess_start_time_seconds ") + 28)) > 1.7e9);
  CHECK(std::stod(text.substr(text.find("\nprocess_resident_memory_bytes ") + 31)) > 1e6);
}
