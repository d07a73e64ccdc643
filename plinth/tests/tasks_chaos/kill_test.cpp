// Workers are killed and Redis with them, again and again, while there is work. A run of a few
// thousand tasks; PLINTH_CHAOS_TASKS=100000 for one that takes minutes.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tasks_chaos/fleet.hpp"
#include "tasks_chaos/jobs.hpp"

using namespace tasks_chaos;

namespace {

std::int64_t number_of_tasks() {
  const char* text = std::getenv("PLINTH_CHAOS_TASKS");
  return text ? std::atoll(text) : 4'000;
}

std::int64_t duration_ms(std::int64_t number) { return number * 7919 % 200; }

// As a careful publisher: what was refused, or may not have arrived, is sent again with its id.
Task<void> send(Celery& celery, std::int64_t number) {
  const bool idempotent = number % 2 == 1;
  bool sent = false;
  while (!sent) {
    try {
      CallOptions call{.task_id = "task-" + std::to_string(number)};
      if (idempotent) {
        co_await pay.apply_async({number, duration_ms(number)}, std::move(call));
      } else {
        co_await work.apply_async({number, duration_ms(number)}, std::move(call));
      }
      sent = true;
    } catch (const HttpError& error) {
      CHECK(error.status == 503);
    }
  }
}

// A thread of its own, so that the test may kill meanwhile.
class Publisher {
 public:
  Publisher(Celery& celery, std::int64_t count)
      : thread_([&celery, count] {
          run([](Celery& of, std::int64_t last) -> Task<void> {
            for (std::int64_t number = 0; number < last; ++number) co_await send(of, number);
          }(celery, count));
        }) {}
  ~Publisher() { thread_.join(); }

 private:
  std::thread thread_;
};

struct Tally {
  int kills = 0;
  int restarts = 0;
};

// Every two seconds a worker, every fifth time Redis, until all is done.
Tally kill_until_done(Fleet& fleet) {
  std::vector<std::unique_ptr<Worker>> workers;
  workers.push_back(fleet.start_worker("w0@test"));
  workers.push_back(fleet.start_worker("w1@test"));
  Tally tally;
  while (fleet.messages_left() > 0 || tally.kills < 5) {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const auto victim = static_cast<std::size_t>(tally.kills++) % workers.size();
    workers[victim]->kill();
    if (tally.kills % 5 == 0) {
      fleet.redis().restart();
      ++tally.restarts;
    }
    workers[victim] = fleet.start_worker("w" + std::to_string(victim) + "@test");
  }
  REQUIRE(fleet.is_done());
  for (auto& worker : workers) {
    REQUIRE(worker->logs("ready"));  // before, it does not hear signals
    worker->process().signal(SIGTERM);
    CHECK(worker->process().wait() == 0);
  }
  return tally;
}

std::map<std::int64_t, int> payments(Engine& engine) {
  std::map<std::int64_t, int> all;
  run([](Engine& of, std::map<std::int64_t, int>& counts) -> Task<void> {
    auto session = of.session();
    for (const auto& payment : co_await session.all(select<Payment>())) ++counts[*payment.number];
  }(engine, all));
  return all;
}

}  // namespace

TEST_CASE("workers and Redis are killed, and every task is done, idempotent ones once") {
  const auto count = number_of_tasks();
  Fleet fleet;
  Tally tally;
  {
    const Publisher publisher(fleet.celery(), count);
    tally = kill_until_done(fleet);
  }

  const auto ledger = fleet.ledger();
  const auto effects = payments(fleet.engine());
  std::int64_t lost = 0, repeated = 0, paid_wrongly = 0, most_starts = 0;
  for (std::int64_t number = 0; number < count; ++number) {
    const auto found = ledger.find(number);
    const auto runs = found == ledger.end() ? Runs{} : found->second;
    if (runs.ends == 0) ++lost;
    repeated += std::max(0, runs.starts - 1);
    most_starts = std::max<std::int64_t>(most_starts, runs.starts);
    const auto effect = effects.find(number);
    if (number % 2 == 1 && (effect == effects.end() || effect->second != 1)) ++paid_wrongly;
  }
  CHECK(lost == 0);
  CHECK(paid_wrongly == 0);
  CHECK(effects.size() == static_cast<std::size_t>(count / 2));
  // Only what ran in a killed worker runs again.
  CHECK(repeated <= tally.kills * 32);
  MESSAGE(count << " tasks, " << tally.kills << " workers killed, Redis " << tally.restarts
                << " times: " << repeated << " runs repeated, " << most_starts << " at most");
}
