// What a rate limit costs a request, in nanoseconds: of CPU in memory, alone and from two threads;
// of time in Redis, one after another.
// Usage: bench_rate_limit [redis://…]
#include <time.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "plinth/rate_limit.hpp"
#include "plinth/task.hpp"

namespace bench {

namespace {

using namespace plinth;

double now_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::vector<Bucket> bucket_of(unsigned key) {
  std::vector<Bucket> buckets;
  buckets.push_back({.name = "bench", .rate = {1'000'000, 1}, .key = std::to_string(key)});
  return buckets;
}

Task<void> take_often(const RateLimiter& limiter, unsigned keys, unsigned count) {
  for (unsigned i = 0; i < count; ++i) co_await limiter.take(bucket_of(i % keys));
}

double ns_each(const RateLimiter& limiter, unsigned threads, unsigned keys, unsigned count,
               clockid_t clock = CLOCK_PROCESS_CPUTIME_ID) {
  const auto begin = now_ns(clock);
  {
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i) {
      running.emplace_back([&] { run(take_often(limiter, keys, count)); });
    }
  }
  return (now_ns(clock) - begin) / count / threads;
}

}  // namespace

}  // namespace bench

int main(int count, char** arguments) {
  using namespace bench;
  constexpr unsigned many = 2'000'000;
  const RateLimiter memory;
  ns_each(memory, 1, 1000, many / 10);
  std::printf("memory, one key          %8.0f\n", ns_each(memory, 1, 1, many));
  std::printf("memory, 50000 keys       %8.0f\n", ns_each(memory, 1, 50'000, many));
  std::printf("memory, 1000000 keys     %8.0f\n", ns_each(memory, 1, 1'000'000, many));
  std::printf("memory, one key, 2 threads %6.0f\n", ns_each(memory, 2, 1, many));
  if (count > 1) {
    const RateLimiter redis({.redis_url = arguments[1], .timeout_ms = 5000});
    ns_each(redis, 1, 1000, 1000);
    std::printf("redis, one after another %8.0f\n",
                ns_each(redis, 1, 1000, 20'000, CLOCK_MONOTONIC));
  }
}
