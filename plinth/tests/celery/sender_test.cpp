// What C++ sends is what Python sends, byte for byte but for what is random.
#include <doctest/doctest.h>

#include "celery/jobs.hpp"
#include "celery/workers.hpp"
#include "support/redis.hpp"

using namespace plinth;
namespace jobs = celery;

namespace {

CeleryOptions options(const support::RedisServer& redis) {
  return {.broker_url = redis.url(), .task_default_queue = "default"};
}

// The calls of messages.py's `send`, in its order.
Task<void> send_single_calls(Celery& celery) {
  co_await jobs::send_welcome_email.delay("a@b.c");
  co_await jobs::greet.delay("Zoë \U0001d11e '\"", 2);
  co_await jobs::echo.delay(R"({"a": [1, -2.5, 1e16, 1e-7, true, null], "b": {}})"_json);
  co_await celery.send_task("add", R"([1, 2])"_json, R"({"z": "3"})"_json);
  co_await jobs::add.apply_async({1, 2}, {.countdown = 60});
  co_await jobs::add.apply_async({1, 2}, {.expires = 120});
  co_await jobs::add.apply_async({1, 2}, {.priority = 6});
  co_await jobs::add.apply_async({1, 2}, {.queue = "mail"});
  co_await jobs::add.apply_async({1, 2}, {.ignore_result = true});
  co_await jobs::ignored.delay(1);
  co_await jobs::add.apply_async({1, 2}, {.soft_time_limit = 20, .time_limit = 30});
  co_await jobs::add.apply_async(
      {1, 2}, {.task_id = "my-id", .shadow = "addition", .headers = R"({"tenant": "acme"})"_json});
  co_await jobs::add.apply_async({1, 2},
                                 {.link = {jobs::mul.s(3)}, .link_error = {jobs::echo.s()}});
}

Task<void> send_canvas() {
  co_await chain(jobs::add.s(1, 2), jobs::mul.s(3), jobs::request.si()).delay();
  co_await group(jobs::add.s(1, 2), jobs::mul.s(3, 4)).delay();
  co_await chord({jobs::add.s(1, 2), jobs::mul.s(3, 4)}, jobs::tsum.s()).delay();
  co_await chain(group(jobs::add.s(1, 2), jobs::mul.s(3, 4)), jobs::tsum.s()).delay();
  co_await jobs::add.starmap({{1, 2}, {3, 4}}).delay();
  co_await jobs::echo.map({1, 2}).delay();
}

// Message by message, so that a failure shows the one that differs.
void check_queues(const support::RedisServer& redis) {
  const auto seen = celery::run_client(redis.url(), {"sent", "bindings"});
  const auto wanted = celery::expected("sent");
  REQUIRE(seen["sent"].size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(seen["sent"][i][0].str() == wanted[i][0].str());
    CHECK(seen["sent"][i][1].str() == wanted[i][1].str());
    CHECK(seen["sent"][i][2].str() == wanted[i][2].str());
  }
  CHECK(seen["bindings"] == celery::expected("bindings"));
}

}  // namespace

TEST_CASE("messages from Python are as recorded") {
  const support::RedisServer redis;
  celery::run_client(redis.url(), {"send"});
  check_queues(redis);
}

TEST_CASE("messages from C++ are Python's, byte for byte") {
  const support::RedisServer redis;
  Celery celery("jobs", options(redis));
  run([](Celery& of) -> Task<void> {
    co_await send_single_calls(of);
    co_await send_canvas();
  }(celery));
  check_queues(redis);
}
