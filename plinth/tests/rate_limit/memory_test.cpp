// Buckets in this process: exact, bounded, and not to be talked out of it.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "plinth/rate_limit.hpp"
#include "plinth/testing.hpp"
#include "rate_limit/memory_store.hpp"
#include "rate_limit/siphash.hpp"

using namespace plinth;
using rate_limit::MemoryStore;

namespace {

constexpr Rate ten_a_minute{10, 60};

Bucket bucket(std::string key, Rate rate = ten_a_minute) {
  return {.name = "test", .rate = rate, .key = std::move(key)};
}

bool takes(MemoryStore& store, const Bucket& from) {
  return store.take({from}).outcome == RateLimitOutcome::allowed;
}

int taken_of(MemoryStore& store, const Bucket& from, int tries) {
  int taken = 0;
  for (int i = 0; i < tries; ++i) taken += takes(store, from);
  return taken;
}

}  // namespace

TEST_CASE("a rate is read as slowapi writes it") {
  struct Case {
    std::string_view text;
    Rate rate;
  };
  for (const auto& [text, rate] : {Case{"10/minute", {10, 60}},
                                   {"1 per second", {1, 1}},
                                   {"100/15 minutes", {100, 900}},
                                   {" 5 / 1 hour ", {5, 3600}},
                                   {"1000 per 7 days", {1000, 604'800}},
                                   {"1000000/day", {1'000'000, 86'400}}}) {
    CAPTURE(text);
    CHECK(Rate::parse(text) == rate);
  }
  for (const std::string_view text :
       {"", "10", "10/", "/minute", "0/minute", "-1/minute", "10/0 minutes", "10/fortnight",
        "10/minute;1/day", "1000001/day", "1/367 days", "99999999999999999999/day", "10/1",
        "10 minute", "1.5/minute"}) {
    CAPTURE(text);
    CHECK(!Rate::parse(text));
  }
}

TEST_CASE("SipHash is the one of its paper") {
  // The first of the vectors that go with it: key 00..0f, the message 00..0e.
  const rate_limit::SipKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  std::string message;
  for (char c = 0; c < 15; ++c) message += c;
  CHECK(rate_limit::SipHash(key)(message) == 0xa129ca6149be45e5U);
}

TEST_CASE("a bucket holds its quota and fills evenly") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(100);
  CHECK(taken_of(store, bucket("a"), 15) == 10);
  auto refused = store.take({bucket("a")});
  CHECK(refused.outcome == RateLimitOutcome::limited);
  CHECK(refused.buckets.at(0).remaining == 0);
  CHECK(refused.buckets.at(0).next_token_us == 6'000'000);
  CHECK(takes(store, bucket("b")));

  clock.advance_microseconds(5'999'999);
  CHECK(!takes(store, bucket("a")));
  clock.advance_microseconds(1);
  CHECK(taken_of(store, bucket("a"), 15) == 1);
  clock.advance_seconds(3600);
  CHECK(taken_of(store, bucket("a"), 15) == 10);
}

TEST_CASE("a burst takes no more than the quota where the period cannot be divided by it") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(100);
  for (const Rate rate : {Rate{7, 1}, Rate{3, 1}, Rate{999'983, 1}, Rate{1, 31'622'400}}) {
    CAPTURE(rate.quota);
    CHECK(taken_of(store, bucket("a", rate), static_cast<int>(rate.quota) + 10) == rate.quota);
  }
}

TEST_CASE("what is left is told, and when there is more") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(100);
  auto first = store.take({bucket("a")}).buckets.at(0);
  CHECK(first.remaining == 9);
  CHECK(first.next_token_us == 6'000'000);
  clock.advance_seconds(2);
  auto second = store.take({bucket("a")}).buckets.at(0);
  CHECK(second.remaining == 8);
  CHECK(second.next_token_us == 4'000'000);
}

TEST_CASE("a step of the wall clock neither fills a bucket nor empties it") {
  for (const std::int64_t step : {-3600, 3600}) {
    auto clock = freeze_time("2026-01-02T03:04:05Z");
    MemoryStore store(100);
    CHECK(taken_of(store, bucket("a"), 5) == 5);
    if (step < 0) {
      clock.advance_seconds(step);
    } else {
      base::freeze_clock(base::clock_microseconds() + step * 1'000'000);
    }
    CHECK(taken_of(store, bucket("a"), 15) == 5);
  }
}

TEST_CASE("200 at once take exactly the quota") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  for (int round = 0; round < 20; ++round) {
    MemoryStore store(100);
    std::atomic<int> ready = 0;
    std::atomic<int> taken = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        for (++ready; ready < 8;) std::this_thread::yield();
        for (int i = 0; i < 25; ++i) taken += takes(store, bucket("a"));
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(taken == 10);
  }
}

TEST_CASE("a request takes from all its buckets or from none, also at once") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(1000);
  const auto narrow = bucket("narrow", {3, 60});
  const auto wide = bucket("wide", {100, 60});
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const auto result =
            thread % 2 == 0 ? store.take({wide, narrow}) : store.take({narrow, wide});
        taken += result.outcome == RateLimitOutcome::allowed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(taken == 3);
  const auto refused = store.take({wide, narrow});
  CHECK(refused.refused_by == 1);
  CHECK(refused.buckets.at(0).remaining == 97);
}

TEST_CASE("a flood of keys gives nobody a token back") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(70);
  CHECK(taken_of(store, bucket("victim"), 10) == 10);
  int flood_taken = 0;
  for (int i = 0; i < 100'000; ++i)
    flood_taken += takes(store, bucket("flood" + std::to_string(i)));
  CHECK(!takes(store, bucket("victim")));
  // The flood itself ends: what memory cannot tell apart shares what is left.
  CHECK(flood_taken < 70 * 2 * 10);

  clock.advance_seconds(60);
  CHECK(takes(store, bucket("victim")));
  CHECK(takes(store, bucket("newcomer")));
}

TEST_CASE("a bucket that is given back, or freed, opens no way around another's") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(1);  // one set
  CHECK(taken_of(store, bucket("attacked"), 10) == 10);
  for (int i = 0; i < 200; ++i) {
    const auto own = bucket("own" + std::to_string(i));
    takes(store, own);
    store.give_back(own, 10);
  }
  CHECK(!takes(store, bucket("attacked")));
}

TEST_CASE("tokens are given back up to a full bucket") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(100);
  CHECK(taken_of(store, bucket("a"), 10) == 10);
  store.give_back(bucket("a"), 2);
  CHECK(taken_of(store, bucket("a"), 10) == 2);
  store.give_back(bucket("a"), 1000);
  CHECK(taken_of(store, bucket("a"), 15) == 10);
  store.give_back(bucket("nobody"), 1);
  CHECK(taken_of(store, bucket("nobody"), 15) == 10);
}

TEST_CASE("names, keys and rates do not share buckets") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  MemoryStore store(1000);
  CHECK(taken_of(store, {"ab", ten_a_minute, "c"}, 11) == 10);
  CHECK(taken_of(store, {"a", ten_a_minute, "bc"}, 11) == 10);
  CHECK(taken_of(store, {"ab", {5, 60}, "c"}, 11) == 5);
  CHECK(taken_of(store, {"ab", ten_a_minute, ""}, 11) == 10);
}

TEST_CASE("a rate that is none is refused with its name") {
  RateLimiter limiter;
  for (const Rate rate : {Rate{0, 60}, Rate{10, 0}, Rate{-1, 60}, Rate{1'000'001, 60}}) {
    CHECK_THROWS_WITH_AS(run(limiter.take({{.name = "login", .rate = rate}})),
                         doctest::Contains("rate limit \"login\": "), std::invalid_argument);
  }
}

TEST_CASE("more rates than a process keeps are refused, and the first go on") {
  MemoryStore store(10);
  for (std::int64_t i = 1; i <= 64; ++i) CHECK(takes(store, bucket("a", {i, 60})));
  CHECK_THROWS_WITH_AS(store.take({bucket("a", {65, 60})}), doctest::Contains("64 different rates"),
                       std::invalid_argument);
  CHECK(takes(store, bucket("b", {64, 60})));
}
