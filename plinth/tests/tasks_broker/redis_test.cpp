// The broker in Redis. Time is that of Redis: it goes by when all that is held gets older.
#include <doctest/doctest.h>

#include <span>
#include <string>

#include "support/redis.hpp"
#include "tasks/redis_broker.hpp"
#include "tasks_broker/messages.hpp"
#include "tasks_broker/results.hpp"

using namespace subject;

namespace {

constexpr auto get_older = R"lua(
local held = redis.call('ZRANGE', 'unacked_index', 0, -1, 'WITHSCORES')
for n = 1, #held, 2 do
  redis.call('ZADD', 'unacked_index', held[n + 1] - ARGV[1] / 1000, held[n])
end
)lua";

void run_all(std::span<const Scenario> scenarios) {
  const support::RedisServer server;
  for (const auto& scenario : scenarios) {
    CAPTURE(std::string(scenario.name));
    const auto broker = make_redis_broker(server.url(), server.url());
    Subject on{*broker, [&server](std::int64_t ms) {
                 server.ask({"EVAL", get_older, "0", std::to_string(ms)});
               }};
    scenario.run(on);
    server.ask({"FLUSHALL"});
  }
}

}  // namespace

TEST_SUITE("redis") {
  TEST_CASE("the broker in Redis keeps what a broker promises of messages") {
    run_all(message_scenarios);
  }

  TEST_CASE("the broker in Redis keeps what a broker promises of results") {
    run_all(result_scenarios);
  }
}
