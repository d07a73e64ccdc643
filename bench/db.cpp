// How many rows a second are read by primary key, each by a session of its own and as a mapped
// struct; beside `pgbench -S`, see bench/run. Prints the number.
// Usage: bench_db URL SCALE THREADS COROUTINES SECONDS
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "account.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

std::atomic<std::int64_t> wrong{0};

// What the coroutines of one thread have done.
struct Progress {
  std::int64_t reads = 0;
  int running = 0;
};

Task<void> read_until(Engine& engine, RandomId random, Clock::time_point end, Progress& progress) {
  ++progress.running;
  // The clock is looked at every 16 reads, which take less than a millisecond together.
  for (int i = 0; i % 16 != 0 || Clock::now() < end; ++i) {
    const auto id = random();
    auto session = engine.session();
    const auto account = co_await session.get<Account>(id);
    if (!account || *account->aid != id) ++wrong;
    ++progress.reads;
  }
  --progress.running;
}

Task<std::int64_t> read_at_once(Engine& engine, std::int32_t scale, unsigned seed, int coroutines,
                                Clock::time_point end) {
  Progress progress;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < coroutines; ++i) {
    const RandomId random(scale, seed + static_cast<unsigned>(i));
    tasks.push_back(read_until(engine, random, end, progress));
    tasks.back().start();
  }
  while (progress.running > 0) co_await sleep_for(5);
  co_return progress.reads;
}

double reads_a_second(const char* url, std::int32_t scale, int threads, int coroutines,
                      int seconds) {
  Engine engine(url);
  std::atomic<std::int64_t> reads{0};
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(seconds);
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread) {
    workers.emplace_back([&, thread] {
      const auto seed = static_cast<unsigned>(1 + thread * coroutines);
      reads += run(read_at_once(engine, scale, seed, coroutines, end));
    });
  }
  for (auto& worker : workers) worker.join();
  const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
  return static_cast<double>(reads.load()) / took;
}

}  // namespace

}  // namespace bench

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: bench_db URL SCALE THREADS COROUTINES SECONDS\n");
    return 2;
  }
  const auto number = [&](int at) { return std::atoi(arguments[at]); };
  const auto rate = bench::reads_a_second(arguments[1], number(2), number(3), number(4), number(5));
  if (bench::wrong > 0) {
    std::fprintf(stderr, "%lld reads gave the wrong row\n", (long long)bench::wrong);
    return 1;
  }
  std::printf("%.0f\n", rate);
}
