// A C++ client of Python's worker, and of ours.
#include <doctest/doctest.h>

#include "celery/jobs.hpp"
#include "celery/workers.hpp"
#include "support/redis.hpp"

using namespace plinth;
using celery::Kind;
using celery::Worker;
namespace jobs = celery;

namespace {

constexpr GetOptions patient{.timeout = 30};

CeleryOptions options(const support::RedisServer& redis) {
  return {.broker_url = redis.url(), .task_default_queue = "default"};
}

Task<void> check_results(Celery& celery) {
  CHECK(co_await (co_await jobs::add.delay(2, 3)).get(patient) == 5);
  CHECK(co_await (co_await jobs::greet.delay("Ada", 2, "Hi")).get(patient) == "Hi, Ada! Hi, Ada! ");
  CHECK((co_await (co_await jobs::big.delay(300'000)).get(patient)).size() == 300'000);
  co_await (co_await jobs::noret.delay()).get(patient);
  const auto value = R"({"a": [1, -2.5, true, null, "zwölf"], "b": {}})"_json;
  CHECK(co_await (co_await jobs::echo.delay(value)).get(patient) == value);
  const auto named =
      co_await celery.send_task("greet", R"(["Ada"])"_json, R"({"greeting": "Hi"})"_json);
  CHECK((co_await named.get(patient)).str() == "Hi, Ada! ");

  auto result = co_await jobs::add.apply_async({1, 2}, {.countdown = 0.3, .task_id = "mine"});
  CHECK(result.id() == "mine");
  CHECK(co_await result.state() == "PENDING");
  CHECK(co_await result.get(patient) == 3);
  CHECK(co_await result.state() == "SUCCESS");
  CHECK(co_await result.successful());
  CHECK(co_await celery.async_result("mine").get(patient) == Json(3));
  co_await result.forget();
  CHECK(co_await result.state() == "PENDING");
  CHECK((co_await result.meta()).is_null());
}

template <class T>
Task<std::optional<TaskError>> error_of(AsyncResult<T> result) {
  try {
    co_await result.get(patient);
  } catch (const TaskError& error) {
    co_return error;
  }
  co_return std::nullopt;
}

Task<void> check_errors(Celery& celery) {
  auto failing = co_await jobs::fail.delay("bad");
  const auto error = co_await error_of(failing);
  REQUIRE(error);
  CHECK(error->type == "ValueError");
  CHECK(error->module == "builtins");
  CHECK(error->arguments == R"(["bad"])"_json);
  CHECK(std::string(error->what()) == "ValueError: bad");
  CHECK(error->traceback.starts_with("Traceback (most recent call last):\n"));
  CHECK(error->traceback.find("ValueError: bad") != std::string::npos);
  CHECK(co_await failing.failed());

  const auto two = co_await error_of(co_await jobs::fail_with.delay("RuntimeError", "two", 2));
  REQUIRE(two);
  CHECK(two->arguments == R"(["two", 2])"_json);

  const auto unknown = co_await error_of(co_await celery.send_task("nope"));
  REQUIRE(unknown);
  CHECK(unknown->type == "NotRegistered");
  const auto wrong = co_await error_of(co_await celery.send_task("add", R"([1])"_json));
  REQUIRE(wrong);
  CHECK(wrong->type == "TypeError");

  CHECK(co_await (co_await jobs::retry_then.delay(2)).get(patient) == 2);
  const auto given_up = co_await error_of(co_await jobs::give_up.delay());
  REQUIRE(given_up);
  CHECK(given_up->arguments == R"(["no use"])"_json);
}

Task<void> check_revocation(Celery& celery) {
  auto expired = co_await jobs::add.apply_async({1, 2}, {.countdown = 0.6, .expires = 0.3});
  const auto too_late = co_await error_of(expired);
  REQUIRE(too_late);
  CHECK(too_late->arguments == R"(["expired"])"_json);

  auto limited = co_await jobs::slow.apply_async({60.0}, {.time_limit = 0.5});
  const auto limit = co_await error_of(limited);
  REQUIRE(limit);
  CHECK(limit->type == "TimeLimitExceeded");

  auto waiting = co_await jobs::add.apply_async({1, 2}, {.countdown = 0.5});
  co_await waiting.revoke();
  const auto revoked = co_await error_of(waiting);
  REQUIRE(revoked);
  CHECK(revoked->type == "TaskRevokedError");
  CHECK(revoked->arguments == R"(["revoked"])"_json);

  bool timed_out = false;
  try {
    co_await celery.async_result("nobody").get({.timeout = 0.1});
  } catch (const TimeoutError&) {
    timed_out = true;
  }
  CHECK(timed_out);
}

Task<void> check_canvas(Celery& celery) {
  using jobs::add, jobs::mul, jobs::tsum, jobs::echo, jobs::fail;
  const auto value = [](Signature signature) -> Task<Json> {
    co_return co_await (co_await signature.delay()).get(patient);
  };
  CHECK(co_await value(chain(add.s(1, 2), mul.s(10), echo.s())) == Json(30));
  CHECK(co_await value(chord({add.s(1, 1), add.s(2, 2)}, tsum.s())) == Json(6));
  CHECK(co_await value(chain(add.s(1, 2), group(mul.s(2), mul.s(3)), tsum.s())) == Json(15));
  CHECK(co_await value(chain(group(add.s(1, 1), add.s(2, 2)), tsum.s(), mul.s(10))) == Json(60));
  CHECK(co_await value(chord({chain(add.s(1, 1), mul.s(2)), add.s(3, 3)}, tsum.s())) == Json(10));
  CHECK(co_await value(add.starmap({{1, 2}, {3, 4}})) == "[3, 7]"_json);
  CHECK(co_await value(echo.map({1, "a"})) == R"([1, "a"])"_json);

  const auto all = co_await group(add.s(1, 1), mul.s(2, 3), fail.s("bad")).delay();
  CHECK(all.results().size() == 3);
  const auto failed = co_await error_of(all.results()[2]);
  CHECK((failed && failed->type == "ValueError"));
  const auto chunks = co_await add.chunks({{0, 0}, {1, 1}, {2, 2}}, 2).delay();
  CHECK(Json(co_await chunks.get(patient)) == "[[0, 2], [4]]"_json);

  auto body = co_await chord({add.s(1, 1), fail.s("bad")}, tsum.s()).delay();
  const auto part = co_await error_of(body);
  REQUIRE(part);
  CHECK(part->type == "ChordError");
  CHECK(part->arguments[0].str().ends_with("raised ValueError('bad')"));

  const auto followed =
      co_await add.apply_async({1, 2}, {.link = {mul.s(10).set({.task_id = "followed"})}});
  CHECK(co_await celery.async_result("followed").get(patient) == Json(30));
  CHECK((co_await followed.meta())["children"].dump() == R"([[["followed",null],null]])");
}

void check_all(Kind kind) {
  const support::RedisServer redis;
  const Worker worker(kind, redis.url());
  Celery celery("jobs", options(redis));
  run([](Celery& of) -> Task<void> {
    co_await check_results(of);
    co_await check_errors(of);
    co_await check_revocation(of);
    co_await check_canvas(of);
  }(celery));
}

}  // namespace

TEST_CASE("a C++ client calls a Python worker") { check_all(Kind::python); }

TEST_CASE("a C++ client calls a plinth worker") { check_all(Kind::plinth); }
