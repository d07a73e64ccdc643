// The commands of Debian's `celery` on Python's workers and on ours.
#include <doctest/doctest.h>

#include "celery/workers.hpp"
#include "support/redis.hpp"

using celery::Kind;
using celery::run_celery;
using celery::Worker;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The next line that has these words; the last one, "", when there is none.
std::string line_with(support::Child& process, const std::string& words) {
  for (int lines = 0; lines < 1000; ++lines) {
    auto line = process.read_line();
    if (contains(line, words) || !process.running()) return line;
  }
  return "";
}

void check_commands(Kind kind) {
  const support::RedisServer redis;
  Worker worker(kind, redis.url(), {.more = {"-E"}});

  const auto status = run_celery(redis.url(), {"status"});
  CHECK(status.status == 0);
  CHECK(status.out == "->  w1@test: OK\n\n1 node online.\n");

  const auto ping = run_celery(redis.url(), {"inspect", "ping"});
  CHECK(ping.status == 0);
  CHECK(ping.out == "->  w1@test: OK\n        pong\n\n1 node online.\n");

  const auto queues = run_celery(redis.url(), {"inspect", "-j", "active_queues"});
  CHECK(plinth::Json::parse(queues.out)["w1@test"][0]["name"] == "default");

  const auto limit = run_celery(redis.url(), {"control", "rate_limit", "add", "10/m"});
  CHECK(limit.out == "->  w1@test: OK\n        new rate limit set successfully\n");

  support::Child events = celery::start_celery(redis.url(), {"events", "--dump"});
  CHECK(contains(line_with(events, "w1@test"), "heartbeat"));  // it listens now
  celery::run_client(redis.url(), {"delay"});
  CHECK(contains(line_with(events, "task received"), "add("));
  CHECK(contains(line_with(events, "task started"), "add("));
  CHECK(contains(line_with(events, "task succeeded"), "result=5"));

  run_celery(redis.url(), {"control", "shutdown"});
  CHECK(worker.process().wait() == 0);
}

}  // namespace

TEST_CASE("celery's commands see and end a Python worker") { check_commands(Kind::python); }

TEST_CASE("celery's commands see and end a plinth worker") { check_commands(Kind::plinth); }
