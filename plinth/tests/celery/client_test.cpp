// A Python client of Celery, and the same things seen of Python's worker and of ours.
#include <doctest/doctest.h>

#include "celery/workers.hpp"
#include "support/redis.hpp"

using celery::Kind;
using celery::Worker;
using Names = std::vector<std::string>;

namespace {

const Names calls{"delay",   "arguments", "values",         "failures",    "failure_meta",
                  "retries", "states",    "nothing_stored", "wrong_calls", "times",
                  "expiry",  "revoked",   "time_limits",    "own_request", "unacknowledged"};
const Names canvas{"chains",         "chain_requests", "groups",     "chords",
                   "failing_chords", "mixtures",       "many_calls", "links"};
// Of a worker that runs one task at a time.
const Names remote{"ping", "inspect", "inspect_worker", "control", "events"};

void check_as_recorded(const std::string& url, const Names& scenarios,
                       const std::string& queues = "default") {
  const auto seen = celery::run_client(url, scenarios, queues);
  for (const auto& scenario : scenarios) {
    CAPTURE(scenario);
    CHECK(seen[scenario].dump() == celery::expected(scenario).dump());
  }
}

void check_calls(Kind kind) {
  const support::RedisServer redis;
  const Worker worker(kind, redis.url());
  check_as_recorded(redis.url(), calls);
}

void check_canvas(Kind kind) {
  const support::RedisServer redis;
  const Worker worker(kind, redis.url());
  check_as_recorded(redis.url(), canvas);
}

void check_remote(Kind kind) {
  const support::RedisServer redis;
  const Worker worker(kind, redis.url(), {.concurrency = 1});
  check_as_recorded(redis.url(), remote);
}

void check_priorities(Kind kind) {
  const support::RedisServer redis;
  check_as_recorded(redis.url(), {"queued"});
  const Worker worker(kind, redis.url(), {.concurrency = 1});
  check_as_recorded(redis.url(), {"served"});
}

}  // namespace

TEST_CASE("calls of a Python worker go as recorded") { check_calls(Kind::python); }

TEST_CASE("calls of a plinth worker go as those of Python's") { check_calls(Kind::plinth); }

TEST_CASE("a canvas of a Python worker goes as recorded") { check_canvas(Kind::python); }

TEST_CASE("a canvas of a plinth worker goes as one of Python's") { check_canvas(Kind::plinth); }

TEST_CASE("a canvas whose parts alternate between both languages goes as one of Python's") {
  const support::RedisServer redis;
  const Worker theirs(Kind::python, redis.url(), {.name = "w1@test", .queues = "python"});
  const Worker ours(Kind::plinth, redis.url(), {.name = "w2@test", .queues = "plinth"});
  check_as_recorded(redis.url(), canvas, "python,plinth");
}

TEST_CASE("remote control and events of a Python worker go as recorded") {
  check_remote(Kind::python);
}

TEST_CASE("remote control and events of a plinth worker go as those of Python's") {
  check_remote(Kind::plinth);
}

TEST_CASE("a Python worker serves the lower priority number first") {
  check_priorities(Kind::python);
}

TEST_CASE("a plinth worker serves the lower priority number first") {
  check_priorities(Kind::plinth);
}
