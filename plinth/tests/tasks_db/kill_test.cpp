// Processes that are killed in the middle of it: nothing is lost, and nothing half done.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "killing.hpp"
#include "plinth/testing.hpp"

using namespace setup;

namespace {

// Takes a few, and ends each with its result and one that follows.
Task<void> work_off(Broker& broker) {
  while (true) {
    auto taken = co_await broker.take({"default"}, 5, lease_ms);
    if (taken.empty()) co_return;
    say();
    std::vector<Finished> finished;
    const auto ids = ids_of(taken);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      finished.push_back({.tag = taken[i].tag,
                          .result = StoredResult{.id = ids[i], .meta = success},
                          .follow_ups = {outgoing("after " + ids[i], "second")}});
    }
    co_await broker.finish(std::move(finished));
    say();
  }
}

}  // namespace

TEST_CASE("child: a worker" * doctest::skip()) {
  const FrozenTime clock(std::stoll(given("PLINTH_TEST_CLOCK")));
  Engine engine(given("PLINTH_TEST_URL"));
  run(work_off(*make_database_broker(engine)));
  while (true) say();  // until it is killed
}

TEST_CASE("child: an application" * doctest::skip()) {
  Engine engine(given("PLINTH_TEST_URL"));
  run([](Engine& on) -> Task<void> {
    for (int i = 0;; ++i) {
      auto session = on.session();
      session.add(Order{.name = std::to_string(i)});
      enlist(session, outgoing(std::to_string(i)));
      enlist(session, outgoing(std::to_string(i), "mail"));
      co_await session.commit();
      say();
    }
  }(engine));
}

TEST_CASE("workers that are killed lose no message, and end each as one step") {
  FrozenTime clock(1'795'000'000'000'000);
  constexpr int count = 150;
  const support::TestDatabase database(support::Place::disk);
  apart(database, [&](Engine& engine, Broker& broker) {
    create_all(engine, metadata_with_tasks<>());
    std::vector<Outgoing> messages;
    for (int i = 0; i < count; ++i) messages.push_back(outgoing(std::to_string(i)));
    publish(broker, messages);
  });
  for (int round = 0; round < 12; ++round) {
    kill_after(1 + round % 4, "child: a worker", database.url());
    clock.advance_microseconds((lease_ms + 1) * 1000);
    apart(database, [&](Engine&, Broker& broker) { restore(broker); });
  }
  apart(database, [&](Engine&, Broker& broker) {
    const auto left = take(broker, {"default"}, 1000);
    const auto done = run(broker.lengths({"second"})).at(0).waiting;
    CHECK(left.size() + done == count);
    CHECK(done > 0);
    std::vector<Finished> finished;
    for (const auto& id : ids_of(left)) {
      CHECK(meta(broker, id).empty());
      finished.push_back(
          {.tag = left[finished.size()].tag, .follow_ups = {outgoing("after " + id, "second")}});
    }
    run(broker.finish(std::move(finished)));
    auto second = ids_of(take(broker, {"second"}, 1000));
    std::sort(second.begin(), second.end());
    CHECK(second.size() == count);
    CHECK(std::unique(second.begin(), second.end()) == second.end());
  });
}

TEST_CASE("a killed request leaves its row and its tasks, or neither") {
  for (int round = 1; round <= 6; ++round) {
    const support::TestDatabase database(support::Place::disk);
    apart(database,
          [](Engine& engine, Broker&) { create_all(engine, metadata_with_tasks<Order>()); });
    kill_after(5 * round, "child: an application", database.url());
    apart(database, [&](Engine& engine, Broker& broker) {
      const auto rows = static_cast<std::uint64_t>(orders(engine));
      CHECK(rows >= static_cast<std::uint64_t>(5 * round));
      CHECK(waiting(broker) == rows);
      CHECK(waiting(broker, "mail") == rows);
    });
  }
}
