// What a worker holds, and what becomes of it when the worker is slow, stopped or killed.
#include <doctest/doctest.h>

#include "tasks/celery.hpp"
#include "tasks_chaos/fleet.hpp"
#include "tasks_chaos/jobs.hpp"

using namespace tasks_chaos;
using tasks::Delivery;

namespace {

constexpr GetOptions patient{.timeout = 30};

std::vector<Delivery> take(Fleet& fleet, std::size_t limit) {
  auto& broker = *fleet.celery().impl().broker;
  return run(broker.take({"default"}, limit, 1000));
}

}  // namespace

TEST_CASE("a message whose worker died right after taking it is run by another") {
  Fleet fleet;
  const auto result = run(work.delay(1, 0));
  CHECK(take(fleet, 10).size() == 1);
  CHECK(fleet.messages_left() == 1);
  const auto worker = fleet.start_worker();
  run(result.get(patient));
  CHECK(fleet.ledger()[1].ends == 1);
  CHECK(fleet.is_done());
}

TEST_CASE("a message is not lost when the answer to taking it does not arrive") {
  Fleet fleet;
  const auto result = run(work.delay(1, 0));
  run([](Fleet& of) -> Task<void> {
    auto taking = of.celery().impl().broker->take({"default"}, 10, 1000);
    taking.start();
    taking = {};  // whoever waited for the answer is gone
    co_return;
  }(fleet));
  const auto worker = fleet.start_worker();
  run(result.get(patient));
  CHECK(fleet.ledger()[1].ends == 1);
  CHECK(fleet.is_done());
}

TEST_CASE("a task longer than its lease is started once, whether it waits or blocks") {
  Fleet fleet({.lease = 1});
  const auto first = fleet.start_worker("first@test");
  const auto second = fleet.start_worker("second@test");
  const auto waiting = run(work.delay(1, 4000));
  const auto blocking = run(block.delay(2, 4000));
  run(waiting.get(patient));
  run(blocking.get(patient));
  const auto ledger = fleet.ledger();
  CHECK(ledger.at(1).starts == 1);
  CHECK(ledger.at(2).starts == 1);
}

TEST_CASE("a task that kills its worker is a dead letter after so many deliveries") {
  Fleet fleet({.lease = 1, .max_deliveries = 3});
  const auto fatal = run(die.apply_async({1}, {.task_id = "fatal"}));
  for (int deaths = 0; deaths < 3; ++deaths) {
    const auto worker = fleet.start_worker();
    CHECK(worker->process().wait() == 9);
  }
  const auto worker = fleet.start_worker();
  const auto good = run(work.delay(2, 0));
  run(good.get(patient));
  REQUIRE(fleet.is_done());
  CHECK(worker->process().running());
  CHECK(fleet.ledger()[1].starts == 3);
  const auto dead = run(fleet.celery().impl().broker->dead_letters(10));
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].id == "fatal");
  CHECK(dead[0].task == "die");
  CHECK(dead[0].queue == "default");
  CHECK(dead[0].reason.find("delivered") != std::string::npos);
  CHECK(run(fatal.failed()));
}

TEST_CASE("SIGTERM lets what runs end, and hands the rest back in order") {
  Fleet fleet({.lease = 60, .concurrency = 1});
  auto worker = fleet.start_worker();
  const auto running = run(work.delay(1, 1500));
  REQUIRE(fleet.has_started(1));
  for (int number = 2; number <= 4; ++number) run(work.delay(number, 0));
  worker->process().signal(SIGTERM);
  CHECK(worker->process().wait() == 0);
  CHECK(run(running.state()) == "SUCCESS");
  CHECK(fleet.ledger()[1].ends == 1);
  CHECK(fleet.ledger().size() == 1);
  CHECK(fleet.redis().ask({"HLEN", "unacked"}) == "0\n");
  const auto back = take(fleet, 10);
  REQUIRE(back.size() == 3);
  for (const auto& delivery : back) CHECK(delivery.deliveries == 1);
  CHECK(back[0].text.find("\"(2, 0)\"") != std::string::npos);
  CHECK(back[1].text.find("\"(3, 0)\"") != std::string::npos);
  CHECK(back[2].text.find("\"(4, 0)\"") != std::string::npos);
}

TEST_CASE("what does not end within the grace is handed back, and so it is at a second SIGTERM") {
  for (const bool second_signal : {false, true}) {
    CAPTURE(second_signal);
    Fleet fleet({.lease = 60, .more = {"--grace", second_signal ? "600" : "1"}});
    auto worker = fleet.start_worker();
    run(work.delay(1, 600'000));
    REQUIRE(fleet.has_started(1));
    worker->process().signal(SIGTERM);
    if (second_signal) {
      REQUIRE(worker->logs("stopping"));
      worker->process().signal(SIGTERM);
    }
    CHECK(worker->process().wait() == 0);
    CHECK(fleet.ledger()[1].ends == 0);
    const auto back = take(fleet, 10);
    REQUIRE(back.size() == 1);
    CHECK(back[0].deliveries == 1);
  }
}
