// Processes that are killed in the middle of it: nothing is lost, and nothing half done.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "plinth/testing.hpp"
#include "setup.hpp"

using namespace setup;

namespace {

// On a thread, and so a loop, of its own: what a loop has begun, a child cannot end.
void apart(const std::function<void()>& work) {
  on_threads(1, [&](int) { work(); });
}

// Runs `work` in a child, which dies when it has said `steps` times that it goes on. The child
// calls _exit or dies: nothing of the test framework runs in it.
void kill_after(int steps, const std::function<void(int said)>& work) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    apart([&] { work(pipe[1]); });
    ::_exit(0);
  }
  ::close(pipe[1]);
  char byte = 0;
  for (int i = 0; i < steps && ::read(pipe[0], &byte, 1) == 1; ++i) {
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
}

void say(int said) {
  if (::write(said, ".", 1) != 1) ::_exit(1);
}

// Takes a few, and ends each with its result and one that follows.
Task<void> work_off(Broker& broker, int said) {
  while (true) {
    auto taken = co_await broker.take({"default"}, 5, lease_ms);
    if (taken.empty()) co_return;
    say(said);
    std::vector<Finished> finished;
    const auto ids = ids_of(taken);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      finished.push_back({.tag = taken[i].tag,
                          .result = StoredResult{.id = ids[i], .meta = success},
                          .follow_ups = {outgoing("after " + ids[i], "second")}});
    }
    co_await broker.finish(std::move(finished));
    say(said);
  }
}

}  // namespace

TEST_CASE("workers that are killed lose no message, and end each as one step") {
  FrozenTime clock(1'795'000'000'000'000);
  constexpr int count = 150;
  const support::TestDatabase database(support::Place::disk);
  apart([&] {
    Engine engine(database.url());
    create_all(engine, metadata_with_tasks<>());
    std::vector<Outgoing> messages;
    for (int i = 0; i < count; ++i) messages.push_back(outgoing(std::to_string(i)));
    publish(*make_database_broker(engine), messages);
  });
  for (int round = 0; round < 12; ++round) {
    kill_after(1 + round % 4, [&](int said) {
      Engine engine(database.url());
      run(work_off(*make_database_broker(engine), said));
    });
    if (support::on_postgresql()) support::wait_until_alone(database.direct_url());
    clock.advance_microseconds((lease_ms + 1) * 1000);
    apart([&] {
      Engine engine(database.url());
      restore(*make_database_broker(engine));
    });
  }
  apart([&] {
    Engine engine(database.url());
    const auto broker = make_database_broker(engine);
    const auto left = take(*broker, {"default"}, 1000);
    const auto done = run(broker->lengths({"second"})).at(0).waiting;
    CHECK(left.size() + done == count);
    CHECK(done > 0);
    std::vector<Finished> finished;
    for (const auto& id : ids_of(left)) {
      CHECK(meta(*broker, id).empty());
      finished.push_back(
          {.tag = left[finished.size()].tag, .follow_ups = {outgoing("after " + id, "second")}});
    }
    run(broker->finish(std::move(finished)));
    auto second = ids_of(take(*broker, {"second"}, 1000));
    std::sort(second.begin(), second.end());
    CHECK(second.size() == count);
    CHECK(std::unique(second.begin(), second.end()) == second.end());
  });
}

TEST_CASE("a killed request leaves its row and its tasks, or neither") {
  for (int round = 1; round <= 6; ++round) {
    const support::TestDatabase database(support::Place::disk);
    apart([&] {
      Engine engine(database.url());
      create_all(engine, metadata_with_tasks<Order>());
    });
    kill_after(5 * round, [&](int said) {
      Engine engine(database.url());
      run([](Engine& on, int to) -> Task<void> {
        for (int i = 0;; ++i) {
          auto session = on.session();
          session.add(Order{.name = std::to_string(i)});
          enlist(session, outgoing(std::to_string(i)));
          enlist(session, outgoing(std::to_string(i), "mail"));
          co_await session.commit();
          say(to);
        }
      }(engine, said));
    });
    if (support::on_postgresql()) support::wait_until_alone(database.direct_url());
    apart([&] {
      Engine engine(database.url());
      const auto broker = make_database_broker(engine);
      const auto rows = static_cast<std::uint64_t>(orders(engine));
      CHECK(rows >= static_cast<std::uint64_t>(5 * round));
      CHECK(waiting(*broker) == rows);
      CHECK(waiting(*broker, "mail") == rows);
    });
  }
}
