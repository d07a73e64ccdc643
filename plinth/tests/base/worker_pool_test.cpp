#include "base/worker_pool.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace plinth;

namespace {

// Jobs that stay on their thread until the gate opens.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  int waiting = 0;

  void pass() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
  }
  void wait_for_one() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting > 0; });
  }
  void set(bool now_open) {
    const std::lock_guard lock(mutex);
    open = now_open;
    waiting = 0;
    changed.notify_all();
  }
};

template <class Function>
std::shared_ptr<detail::ThreadJob> job(Function function) {
  return std::make_shared<detail::ThreadCall<Function>>(std::move(function));
}

}  // namespace

TEST_CASE("a job that would wait too long is refused, by the time that the last ones took") {
  Gate gate;
  base::WorkerPool pool({.wait_ms_max = 1'000});
  const auto stay = [&gate] { gate.pass(); };
  // Nothing is known yet, so only the queue's length counts.
  CHECK(pool.submit(job(stay)));
  gate.wait_for_one();
  for (int i = 0; i < 9; ++i) CHECK(pool.submit(job([] {})));
  gate.set(true);
  while (pool.queued() > 0) std::this_thread::yield();

  // Jobs of 200 ms: fewer than five may wait, and one runs.
  CHECK(pool.submit(job([] { std::this_thread::sleep_for(std::chrono::milliseconds(1'600)); })));
  gate.set(false);
  CHECK(pool.submit(job(stay)));
  gate.wait_for_one();
  int taken = 0;
  while (pool.submit(job([] {}))) ++taken;
  CHECK(taken > 0);
  CHECK(taken < 9);
  CHECK(pool.queued() == static_cast<std::size_t>(taken));
  gate.set(true);

  // It learns that jobs are short again.
  while (pool.queued() > 0) std::this_thread::yield();
  CHECK(pool.submit(job([] {})));
}
