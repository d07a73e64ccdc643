// A worker of empty tasks, as the library's command line (bench_tasks worker …), and a client of
// whatever worker is there, also of Celery's. REDIS_URL says where the messages are.
// Usage: bench_tasks fill N | latency N
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/cli.hpp"
#include "plinth/plinth.hpp"
#include "plinth/tasks.hpp"

namespace bench {

namespace {

using namespace plinth;
using Clock = std::chrono::steady_clock;

void nothing() {}
double read_clock() { return static_cast<double>(DateTime::now().microseconds) / 1e6; }

// The names of plinth/tests/celery/jobs.py, which Celery's worker runs.
constexpr auto noret = shared_task<nothing>({.name = "noret"});
constexpr auto now = shared_task<read_clock>({.name = "now"});

Celery make_celery() {
  Celery celery("bench", {.broker_url = std::getenv("REDIS_URL"), .task_default_queue = "default"});
  celery.register_tasks(noret, now);
  return celery;
}

App create_app() {
  App app;
  app.provide(configure_logging({.level = "warning"}));
  app.provide(make_celery());
  init_celery(app);
  return app;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// As a service would: many requests at once, each of which sends one.
Task<void> fill(std::int64_t count) {
  constexpr std::int64_t at_once = 64;
  const auto begin = Clock::now();
  std::vector<Task<void>> senders;
  for (std::int64_t i = 0; i < at_once; ++i) {
    senders.push_back([](std::int64_t calls) -> Task<void> {
      for (std::int64_t call = 0; call < calls; ++call) co_await noret.delay();
    }(count / at_once + (i < count % at_once ? 1 : 0)));
  }
  for (auto& sender : senders) sender.start();
  for (auto& sender : senders) {
    while (!sender.done()) co_await sleep_for(1);
    sender.take();
  }
  std::printf("%.0f\n", static_cast<double>(count) / seconds_since(begin));
}

// From before delay() to the first line of the task, while nothing else runs.
Task<void> latency(std::int64_t count) {
  std::vector<double> milliseconds;
  for (std::int64_t i = 0; i < count; ++i) {
    co_await sleep_for(10);
    const double sent = read_clock();
    const auto result = co_await now.delay();
    const double began = co_await result.get({.timeout = 30});
    milliseconds.push_back((began - sent) * 1000);
  }
  std::ranges::sort(milliseconds);
  const auto at = [&](std::size_t percent) {
    return milliseconds[(milliseconds.size() - 1) * percent / 100];
  };
  std::printf("%.3f %.3f\n", at(50), at(99));
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
  const std::string_view asked = argc == 3 ? argv[1] : "";
  if (asked == "fill" || asked == "latency") {
    const auto celery = bench::make_celery();
    const auto count = std::atoll(argv[2]);
    plinth::run(asked == "fill" ? bench::fill(count) : bench::latency(count));
    return 0;
  }
  return plinth::run_command_line(argc, argv,
                                  {.create_app = &bench::create_app,
                                   .database_url = [] { return std::string("sqlite://"); },
                                   .revisions = [] { return std::span<const plinth::Revision>{}; },
                                   .production = [] { return false; }});
}
