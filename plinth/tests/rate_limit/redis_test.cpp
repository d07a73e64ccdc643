// One count for many processes, and what happens when the place that keeps it is away.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "plinth/error.hpp"
#include "plinth/rate_limit.hpp"
#include "redis/fake_redis.hpp"
#include "redis/log.hpp"
#include "support/redis.hpp"

using namespace plinth;
using redis_test::FakeRedis;
using support::RedisServer;

namespace {

constexpr std::int64_t patient_ms = 10'000;  // where a slow machine must not decide a test

Bucket bucket(std::string key, Rate rate = {10, 3600}) {
  return {.name = "test", .rate = rate, .key = std::move(key)};
}

RateLimiter limiter_of(const std::string& url, OnError on_error = OnError::deny,
                       std::int64_t timeout_ms = patient_ms) {
  return RateLimiter({.redis_url = url, .on_error = on_error, .timeout_ms = timeout_ms});
}

Task<RateLimitOutcome> take(const RateLimiter& limiter, Bucket from) {
  std::vector<Bucket> buckets;
  buckets.push_back(std::move(from));
  co_return (co_await limiter.take(std::move(buckets))).outcome;
}

// How many of so many at once are allowed.
Task<int> burst(const RateLimiter& limiter, Bucket from, int count) {
  std::vector<Task<RateLimitOutcome>> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(take(limiter, from));
    all.back().start();
  }
  int allowed = 0;
  for (auto& task : all) {
    while (!task.done()) co_await sleep_for(1);
    allowed += task.take() == RateLimitOutcome::allowed;
  }
  co_return allowed;
}

struct Failures final : RateLimitObserver {
  void decided(std::string_view, RateLimitOutcome) noexcept override {}
  void store_failed() noexcept override { ++count; }
  std::atomic<int> count = 0;
};

}  // namespace

TEST_CASE("200 at once take exactly the quota from Redis") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  CHECK(run(burst(limiter, bucket("a"), 200)) == 10);
  CHECK(run(burst(limiter, bucket("b"), 200)) == 10);
}

TEST_CASE("many clients of one Redis share the count") {
  const RedisServer server;
  std::atomic<int> ready = 0;
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const auto limiter = limiter_of(server.url());
      run(take(limiter, bucket("warm")));
      for (++ready; ready < 4;) std::this_thread::yield();
      allowed += run(burst(limiter, bucket("a"), 50));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(allowed == 10);
}

TEST_CASE("a bucket in Redis says how it stands, fills by Redis's time and expires when full") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  const auto first = run(limiter.take({bucket("a")}));
  CHECK(first.buckets.at(0).remaining == 9);
  CHECK(first.buckets.at(0).next_token_us == 360'000'000);
  const auto key = server.ask({"KEYS", "*"});
  CHECK(key.starts_with("plinth:limit:test:10/3600:"));
  CHECK(key.find("a\n") == std::string::npos);  // a key is kept as a hash
  const auto left = std::stoll(server.ask({"PTTL", key.substr(0, key.size() - 1)}));
  CHECK(left > 300'000);
  CHECK(left <= 360'000);
  CHECK(run(burst(limiter, bucket("a"), 20)) == 9);
  const auto refused = run(limiter.take({bucket("a")}));
  CHECK(refused.outcome == RateLimitOutcome::limited);
  CHECK(refused.buckets.at(0).remaining == 0);
  // Half an hour later by the clock of Redis: the moment it is kept as lies as much earlier.
  const auto name = key.substr(0, key.size() - 1);
  const auto full_at = std::stoll(server.ask({"GET", name}));
  server.ask({"SET", name, std::to_string(full_at - 1'800'000'000), "KEEPTTL"});
  CHECK(run(burst(limiter, bucket("a"), 20)) == 5);
}

TEST_CASE("all buckets of a request or none, in Redis too") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  const auto narrow = bucket("narrow", {1, 3600});
  run(limiter.take({bucket("wide"), narrow}));
  const auto refused = run(limiter.take({bucket("wide"), narrow}));
  CHECK(refused.outcome == RateLimitOutcome::limited);
  CHECK(refused.refused_by == 1);
  CHECK(refused.buckets.at(0).remaining == 9);
}

TEST_CASE("tokens are given back in Redis") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  CHECK(run(burst(limiter, bucket("a"), 20)) == 10);
  run(limiter.give_back(bucket("a"), 3));
  CHECK(run(burst(limiter, bucket("a"), 20)) == 3);
  run(limiter.give_back(bucket("a"), 10));
  CHECK(server.ask({"DBSIZE"}) == "0\n");
  run(limiter.give_back(bucket("a"), 10));
  CHECK(run(burst(limiter, bucket("a"), 20)) == 10);
}

TEST_CASE("a step back of Redis's clock costs a bucket no more than to be empty") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  run(take(limiter, bucket("a")));
  auto key = server.ask({"KEYS", "*"});
  key.pop_back();
  server.ask({"SET", key, "99999999999999999"});
  const auto refused = run(limiter.take({bucket("a")}));
  CHECK(refused.outcome == RateLimitOutcome::limited);
  CHECK(refused.buckets.at(0).next_token_us == 360'000'000);
  for (const char* odd : {"", "no number", "-inf", "nan"}) {
    server.ask({"SET", key, odd});
    CAPTURE(odd);
    CHECK(run(take(limiter, bucket("a"))) == RateLimitOutcome::allowed);
  }
}

TEST_CASE("what Redis has forgotten begins anew, also its scripts") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  CHECK(run(burst(limiter, bucket("a"), 20)) == 10);
  server.ask({"FLUSHALL"});
  CHECK(run(burst(limiter, bucket("a"), 20)) == 10);
  server.ask({"SCRIPT", "FLUSH"});
  CHECK(run(burst(limiter, bucket("b"), 20)) == 10);
}

TEST_CASE("without Redis the setting decides") {
  redis_test::Log log;
  std::string url;
  {
    const RedisServer server;
    url = server.url();
  }
  const auto tried = [&](OnError on_error) {
    return run(burst(limiter_of(url, on_error, 100), bucket("a"), 30));
  };
  CHECK(tried(OnError::allow) == 30);
  CHECK(tried(OnError::deny) == 0);
  CHECK(tried(OnError::memory) == 10);

  Response response;
  const auto denying = limiter_of(url, OnError::deny, 100);
  try {
    run(denying.require({bucket("a")}, response));
    FAIL("allowed");
  } catch (const HttpError& refused) {
    CHECK(refused.status == 503);
    CHECK(refused.headers == HttpError::HeaderList{{"retry-after", "1"}});
  }
}

TEST_CASE("only who notices the outage waits for Redis; it is used again when it is back") {
  redis_test::Log log;
  RedisServer server({.durable = true});
  const auto failures = std::make_shared<Failures>();
  const RateLimiter limiter({.redis_url = server.url(),
                             .on_error = OnError::memory,
                             .timeout_ms = 200,
                             .observer = failures});
  run([](const RateLimiter& limits, RedisServer& redis, Failures& failed) -> Task<void> {
    while (failed.count == 0 && co_await burst(limits, bucket("a"), 4) != 0) {
    }
    CHECK(co_await burst(limits, bucket("kept"), 4) == 4);
    CHECK(failed.count == 0);
    redis.freeze();
    CHECK(co_await burst(limits, bucket("a"), 30) == 10);  // memory knows nothing of "a" yet
    CHECK(failed.count == 30);
    auto soon = take(limits, bucket("a"));
    soon.start();
    CHECK(soon.done());  // without a turn of the loop
    redis.thaw();
    for (int before = -1; before != failed.count;) {
      before = failed.count;
      co_await sleep_for(1);
      co_await take(limits, bucket("other"));
    }
    CHECK(co_await burst(limits, bucket("kept"), 30) == 6);
    redis.restart();
    for (int before = -1; before != failed.count;) {
      before = failed.count;
      co_await sleep_for(1);
      co_await take(limits, bucket("other"));
    }
    CHECK(co_await burst(limits, bucket("kept"), 30) == 0);  // durable: it still knows
  }(limiter, server, *failures));
}

TEST_CASE("a replica, a full Redis and one that is busy are outages, not refusals") {
  redis_test::Log log;
  RedisServer server;
  const auto limiter = limiter_of(server.url(), OnError::memory);
  CHECK(run(burst(limiter, bucket("a"), 4)) == 4);
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  CHECK(run(burst(limiter, bucket("a"), 30)) == 10);
  server.ask({"REPLICAOF", "NO", "ONE"});
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  CHECK(run(burst(limiter, bucket("b"), 30)) == 10);
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(run(burst(limiter, bucket("c"), 30)) == 10);
  CHECK(server.ask({"DBSIZE"}) != "0\n");
  server.ask({"FLUSHALL"});
  server.ask({"LPUSH", "plinth:limit:test:10/3600:x", "1"});
  CHECK(run(take(limiter, bucket("a"))) == RateLimitOutcome::limited);  // memory's: still empty
}

TEST_CASE("a Redis that answers nonsense is one that does not count") {
  redis_test::Log log;
  FakeRedis fake([](int, const redis::Words& words) -> std::optional<std::string> {
    if (auto greeting = redis_test::greet(words)) return greeting;
    if (words.front() == "SCRIPT") return "+OK\r\n";
    return "*1\r\n:0\r\n";
  });
  CHECK(run(take(limiter_of(fake.url(), OnError::deny), bucket("a"))) ==
        RateLimitOutcome::unavailable);
  CHECK(run(take(limiter_of(fake.url(), OnError::allow), bucket("a"))) ==
        RateLimitOutcome::allowed);
}

TEST_CASE("a waiter that leaves costs nothing but its token") {
  const RedisServer server;
  const auto limiter = limiter_of(server.url());
  run([](const RateLimiter& limits) -> Task<void> {
    co_await take(limits, bucket("warm"));
    {
      auto left = take(limits, bucket("a"));
      left.start();
      co_await sleep_for(0);
    }
    CHECK(co_await burst(limits, bucket("b"), 20) == 10);
  }(limiter));
}

TEST_CASE("a url that is none is refused at once") {
  CHECK_THROWS_AS(limiter_of("http://127.0.0.1"), std::invalid_argument);
}
