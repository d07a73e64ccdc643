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

}  // namespace

TEST_CASE("calls of a Python worker go as recorded") {
  const support::RedisServer redis;
  const Worker worker(Kind::python, redis.url());
  check_as_recorded(redis.url(), calls);
}

TEST_CASE("a canvas of a Python worker goes as recorded") {
  const support::RedisServer redis;
  const Worker worker(Kind::python, redis.url());
  check_as_recorded(redis.url(), canvas);
}

TEST_CASE("remote control and events of a Python worker go as recorded") {
  const support::RedisServer redis;
  const Worker worker(Kind::python, redis.url(), {.concurrency = 1});
  check_as_recorded(redis.url(), remote);
}

TEST_CASE("a Python worker serves the lower priority number first") {
  const support::RedisServer redis;
  check_as_recorded(redis.url(), {"queued"});
  const Worker worker(Kind::python, redis.url(), {.concurrency = 1});
  check_as_recorded(redis.url(), {"served"});
}
