// Python's workers and ours beside each other.
#include <doctest/doctest.h>

#include "celery/workers.hpp"
#include "support/redis.hpp"

using celery::Kind;
using celery::Worker;

namespace {

// The newcomer learns from the worker that was there what is revoked.
void check_mingle(Kind first, Kind second) {
  const support::RedisServer redis;
  auto old = std::make_unique<Worker>(first, redis.url(), Worker::Options{.name = "old@test"});
  CHECK(celery::run_client(redis.url(), {"revoke_for_later"})["revoke_for_later"] == 1);
  const Worker young(second, redis.url(), {.name = "young@test"});
  CHECK(old->stop() == 0);
  CHECK(celery::run_client(redis.url(), {"sent_later"})["sent_later"].dump() == R"(["revoked"])");
}

void check_shared(Kind first, Kind second) {
  const support::RedisServer redis;
  const Worker one(first, redis.url(), {.name = "one@test"});
  const Worker two(second, redis.url(), {.name = "two@test"});
  const auto seen = celery::run_client(redis.url(), {"shared"})["shared"];
  CHECK(seen.dump() == R"({"hosts":["one@test","two@test"],"sum":820,"pings":2,"echo":true})");
}

}  // namespace

TEST_CASE("Python workers tell each other what is revoked") {
  check_mingle(Kind::python, Kind::python);
}

TEST_CASE("a plinth worker learns from a Python worker what is revoked") {
  check_mingle(Kind::python, Kind::plinth);
}

TEST_CASE("a Python worker learns from a plinth worker what is revoked") {
  check_mingle(Kind::plinth, Kind::python);
}

TEST_CASE("plinth workers tell each other what is revoked") {
  check_mingle(Kind::plinth, Kind::plinth);
}

TEST_CASE("two Python workers share a queue") { check_shared(Kind::python, Kind::python); }

TEST_CASE("a Python and a plinth worker share a queue") {
  check_shared(Kind::python, Kind::plinth);
}

TEST_CASE("a Python worker mingles with a plinth worker and misses it when it is killed") {
  const support::RedisServer redis;
  Worker plinth(Kind::plinth, redis.url(), {.name = "ours@test"});
  Worker python(Kind::python, redis.url(), {.name = "theirs@test", .more = {"-l", "debug"}});
  CHECK(python.logs("mingle: sync with 1 nodes"));
  CHECK(python.logs("ours@test joined the party"));
  plinth.process().signal(SIGKILL);
  CHECK(python.logs("missed heartbeat from ours@test"));
}
