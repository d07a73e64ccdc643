// A worker on Redis with its events and remote control, on this thread's loop, while a scenario
// plays beside it.
#pragma once

#include <doctest/doctest.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "plinth/app.hpp"
#include "plinth/tasks.hpp"
#include "redis/subscriber.hpp"
#include "support/redis.hpp"
#include "tasks/control.hpp"
#include "tasks/control_client.hpp"
#include "tasks/events.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks_test {

/// Looks again and again until it is so; fails after half a minute.
inline Task<void> until(std::function<bool()> is_so) {
  constexpr std::int64_t patience_ms = 30'000;
  const auto end = base::monotonic_ms() + patience_ms;
  while (!is_so()) {
    REQUIRE(base::monotonic_ms() < end);
    co_await sleep_for(1);
  }
}

/// A worker with all that belongs to it.
struct LiveWorker {
  LiveWorker(Celery& celery, std::string hostname, bool task_events = false)
      : worker(celery.impl(), {.concurrency = 2, .hostname = std::move(hostname)}),
        events(worker, task_events),
        control(worker, events) {}

  tasks::Worker worker;
  tasks::Events events;
  tasks::Control control;
};

class Redis {
 public:
  explicit Redis(CeleryOptions options = {}) {
    options.broker_url = server.url();
    app.provide(Celery("app", std::move(options)));
    init_celery(app);
  }

  Celery& celery() { return app.provided<Celery>(); }

  Json ask(tasks::ControlRequest request, tasks::AskOptions options = {}) {
    return run(tasks::ask(redis::parse_url(server.url()), std::move(request), options));
  }

  support::RedisServer server;
  App app{AppOptions{}};
};

/// Whether it answers; on a busy machine it may not have heard of the first request.
inline Task<bool> is_heard(LiveWorker& live) {
  tasks::AskOptions options{.limit = 1};
  std::vector<std::string> only{live.worker.hostname()};
  const auto answers = co_await tasks::inspect(live.worker.celery(), "ping", Json::object({}),
                                               std::move(only), options);
  co_return answers.size() == 1;
}

/// Plays the scenario while the worker runs; then stops it.
inline void play(LiveWorker& live, std::function<Task<void>()> scenario) {
  std::exception_ptr error;
  auto beside = [](LiveWorker& with, std::function<Task<void>()> plays,
                   std::exception_ptr& thrown) -> Task<void> {
    try {
      co_await with.control.mingle();
      while (!co_await is_heard(with)) co_await sleep_for(1);
      co_await plays();
    } catch (...) {
      thrown = std::current_exception();
    }
    with.worker.stop();
    with.worker.stop();
  };
  Task<void> playing;
  auto running = live.worker.run([&] {
    base::Loop::current().post([&] {
      playing = beside(live, scenario, error);
      playing.start();
    });
  });
  base::Loop::current().run_until_done(running);
  running.take();
  if (error) std::rethrow_exception(error);
}

}  // namespace plinth::tasks_test
