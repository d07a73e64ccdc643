// What no worker can understand. It ends a Python worker; ours keeps it as a dead letter.
#include <doctest/doctest.h>

#include <algorithm>

#include "celery/workers.hpp"
#include "plinth/tasks.hpp"
#include "support/redis.hpp"
#include "tasks/celery.hpp"

using namespace plinth;

TEST_CASE("poison becomes dead letters, and a plinth worker works on") {
  const support::RedisServer redis;
  celery::Worker worker(celery::Kind::plinth, redis.url());
  const auto seen = celery::run_client(redis.url(), {"poison"})["poison"];
  CHECK(worker.process().running());
  // What is missing there is not needed; the last one is as it should be.
  CHECK(seen["done"].dump() == R"(["no delivery_tag","no exchange","nothing"])");
  // As protocol 1 has it, a body that is an object has no args.
  CHECK(seen["failed"].dump() == R"(["no list in body","unknown task"])");

  Celery celery("jobs", {.broker_url = redis.url(), .task_default_queue = "default"});
  auto& broker = *celery.impl().broker;
  const auto dead = run(broker.dead_letters(1000));
  CHECK(dead.size() == static_cast<std::size_t>(seen["sent"].integer()) - 4);
  for (const auto& letter : dead) {
    CHECK(letter.queue == "default");
    CHECK(letter.reason.size() > 8);
  }
  const auto unknown = std::ranges::find(dead, "poison-unknown task", &tasks::DeadLetter::id);
  REQUIRE(unknown != dead.end());
  CHECK(unknown->task == "nope");
  CHECK(unknown->reason == "unknown task");
  const auto text = std::ranges::find(dead, "hello", &tasks::DeadLetter::text);
  REQUIRE(text != dead.end());
  CHECK(text->reason == "not a message: not JSON: Expecting value");

  CHECK(run(broker.revive("poison-unknown task")));
  run(broker.purge_dead_letters());
}
