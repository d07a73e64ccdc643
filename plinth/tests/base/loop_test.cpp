#include "base/loop.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/worker_pool.hpp"
#include "plinth/error.hpp"

using namespace plinth;
using base::Loop;

namespace {

// Holds a worker until it is opened.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = false;
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_open; });
  }
  void open() {
    {
      const std::lock_guard lock(mutex);
      is_open = true;
    }
    changed.notify_all();
  }
};

struct RecordingSink final : base::LogSink {
  void write(const base::LogRecord& record) noexcept override {
    lines.push_back(std::string(base::level_name(record.level)) + " " +
                    std::string(record.message));
    for (const auto& field : record.fields) lines.back() += " " + std::string(field.name);
  }
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a spawned task runs beside its caller") {
  auto body = []() -> Task<> {
    int steps = 0;
    auto count = [](int& n) -> Task<> {
      ++n;
      co_await sleep_for(0);
      ++n;
    };
    Loop::current().spawn(count(steps));
    CHECK(steps == 1);
    CHECK(Loop::current().spawned() == 1);
    co_await sleep_for(1);
    CHECK(steps == 2);
    CHECK(Loop::current().spawned() == 0);
  };
  run(body());
}

TEST_CASE("what a spawned task throws is logged") {
  RecordingSink sink;
  base::set_log_sink(&sink);
  Loop::current().spawn([]() -> Task<> {
    throw HttpError(500);
    co_return;
  }());
  base::set_log_sink(nullptr);
  CHECK(sink.lines == std::vector<std::string>{"ERROR a background task failed error"});
}

TEST_CASE("a loop destroys the tasks that wait on it, and its address stays safe") {
  base::LoopAddress address = Loop::current().address();
  auto held = std::make_shared<int>(0);
  std::thread([&] {
    Loop loop;
    address = loop.address();
    loop.spawn([](std::shared_ptr<int> keep) -> Task<> {
      co_await sleep_for(60'000);
      ++*keep;
    }(held));
    CHECK(held.use_count() == 2);
  }).join();
  CHECK(held.use_count() == 1);
  CHECK_FALSE(address.post([] {}));
}

TEST_CASE("posts from another thread arrive in order") {
  std::vector<int> seen;
  std::atomic<bool> posted = false;
  const auto home = Loop::current().address();
  std::thread sender([&] {
    for (int i = 0; i < 1'000; ++i) home.post([&seen, i] { seen.push_back(i); });
    posted = true;
  });
  auto body = [&]() -> Task<> {
    while (seen.size() < 1'000) co_await sleep_for(0);
  };
  run(body());
  sender.join();
  CHECK(posted);
  CHECK(seen.front() == 0);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("stop ends a loop that another thread runs or is about to run") {
  for (int i = 0; i < 20; ++i) {
    Gate ready;
    std::atomic<Loop*> running = nullptr;
    std::thread thread([&] {
      Loop loop;
      running = &loop;
      ready.open();
      loop.run();
    });
    ready.wait();
    running.load()->stop();
    thread.join();
  }
}

TEST_CASE("a full pool answers 503 with Retry-After and runs what it took") {
  Gate gate;
  std::atomic<int> finished = 0;
  auto body = [&]() -> Task<> {
    base::WorkerPool pool({.name = "small", .threads = 1, .queue_limit = 1});
    auto job = [&] {
      gate.wait();
      ++finished;
    };
    auto first = pool.run(job);
    first.start();
    while (pool.queued() > 0) co_await sleep_for(0);
    auto second = pool.run(job);
    second.start();
    auto third = pool.run(job);
    third.start();
    REQUIRE(third.done());
    try {
      third.take();
      FAIL("the third job was taken");
    } catch (const HttpError& error) {
      CHECK(error.status == 503);
      CHECK(error.headers == HttpError::HeaderList{{"retry-after", "1"}});
    }
    gate.open();
    while (!first.done() || !second.done()) co_await sleep_for(0);
    CHECK(finished == 2);
  };
  run(body());
}

TEST_CASE("a job goes on when its waiter was cancelled, and nothing is resumed") {
  Gate gate;
  std::atomic<bool> ran = false;
  bool resumed = false;
  auto body = [&]() -> Task<> {
    base::WorkerPool pool({.name = "one"});
    auto waiter = [](base::WorkerPool& on, Gate& at, std::atomic<bool>& done,
                     bool& woke) -> Task<> {
      co_await on.run([&at, &done] {
        at.wait();
        done = true;
      });
      woke = true;
    };
    auto waiting = waiter(pool, gate, ran, resumed);
    waiting.start();
    waiting = {};
    gate.open();
    while (!ran) co_await sleep_for(0);
    co_await sleep_for(1);
  };
  run(body());
  CHECK(ran);
  CHECK_FALSE(resumed);
}

TEST_CASE("a pool uses all its threads when they are needed") {
  Gate gate;
  std::atomic<int> inside = 0;
  auto body = [&]() -> Task<> {
    base::WorkerPool pool({.threads = 3, .nice = 5});
    std::vector<Task<>> jobs;
    for (int i = 0; i < 3; ++i) {
      jobs.push_back(pool.run([&] {
        ++inside;
        gate.wait();
      }));
      jobs.back().start();
    }
    while (inside < 3) co_await sleep_for(0);
    gate.open();
    while (!(jobs[0].done() && jobs[1].done() && jobs[2].done())) co_await sleep_for(0);
  };
  run(body());
  CHECK(inside == 3);
}

TEST_CASE("a frozen clock stands still until it is moved or released") {
  base::freeze_clock(1'000'000);
  CHECK(base::clock_microseconds() == 1'000'000);
  base::advance_clock(5);
  CHECK(base::clock_microseconds() == 1'000'005);
  base::release_clock();
  CHECK(base::clock_microseconds() > 1'600'000'000'000'000);
}

TEST_CASE("records below the level are dropped") {
  RecordingSink sink;
  base::set_log_sink(&sink);
  base::log(base::Level::debug, "quiet");
  base::log(base::Level::warning, "loud", {{"n", 1}, {"text", "x"}, {"flag", true}, {"time", 0.5}});
  base::set_log_sink(nullptr);
  CHECK(sink.lines == std::vector<std::string>{"WARNING loud n text flag time"});
}
