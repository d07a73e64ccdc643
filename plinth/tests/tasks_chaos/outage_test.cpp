// Redis is away, silent or late.
#include <doctest/doctest.h>

#include <chrono>

#include "tasks_chaos/fleet.hpp"
#include "tasks_chaos/jobs.hpp"

using namespace tasks_chaos;

namespace {

constexpr GetOptions patient{.timeout = 60};

// The status of a publisher's error, 0 when there is none.
Task<int> status_of_sending() {
  try {
    co_await work.delay(7, 0);
  } catch (const HttpError& error) {
    co_return error.status;
  }
  co_return 0;
}

}  // namespace

TEST_CASE("without Redis a publisher is refused soon, and a worker waits for it") {
  Fleet fleet;
  fleet.redis().kill();
  const auto worker = fleet.start_worker();
  const auto began = std::chrono::steady_clock::now();
  CHECK(run(status_of_sending()) == 503);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  CHECK(worker->logs("out of reach"));
  fleet.redis().start();
  const auto result = run(work.delay(1, 0));
  run(result.get(patient));
  CHECK(fleet.ledger()[1].ends == 1);
}

TEST_CASE("a Redis that falls silent is found out, and work goes on when it speaks again") {
  Fleet fleet;
  const auto worker = fleet.start_worker();
  std::vector<AsyncResult<void>> results;
  for (int number = 1; number <= 200; ++number) results.push_back(run(work.delay(number, 50)));
  REQUIRE(fleet.has_started(1));
  fleet.redis().freeze();
  CHECK(run(status_of_sending()) == 503);
  CHECK(worker->logs("out of reach"));
  fleet.redis().thaw();
  for (const auto& result : results) run(result.get(patient));
  CHECK(fleet.is_done());
  for (int number = 1; number <= 200; ++number) CHECK(fleet.ledger()[number].ends >= 1);
  CHECK(worker->process().running());
}

TEST_CASE("a Redis that forgets everything leaves its workers at work") {
  Fleet fleet;
  const auto worker = fleet.start_worker();
  run(run(work.delay(1, 0)).get(patient));
  fleet.redis().ask({"FLUSHALL"});
  fleet.redis().ask({"SCRIPT", "FLUSH"});
  run(run(work.delay(2, 0)).get(patient));
  CHECK(fleet.ledger()[2].ends == 1);
}
