// What only the embedded broker promises; what every broker does stands in tasks_broker.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "plinth/testing.hpp"
#include "setup.hpp"

using namespace setup;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t start = 1'795'000'000 * second;

Outgoing keyed(const std::string& id, std::int64_t seconds) {
  auto message = outgoing(id);
  message.idempotency_key = "key";
  message.idempotency_seconds = seconds;
  return message;
}

}  // namespace

TEST_CASE("a message with an eta waits for it in the database") {
  FrozenTime clock(start);
  Tables tables;
  auto late = outgoing("late");
  late.eta_us = base::clock_microseconds() + 90 * second;
  auto past = outgoing("past");
  past.eta_us = base::clock_microseconds();
  publish(*tables.broker, {late, past});
  const auto taken = take(*tables.broker);
  CHECK(ids_of(taken) == Ids{"past"});
  run(tables.broker->ack({taken.at(0).tag}));
  clock.advance_microseconds(89'500'000);
  CHECK(run(tables.broker->restore()) == 501);
  CHECK(take(*tables.broker).empty());
  clock.advance_microseconds(500'000);
  restore(*tables.broker);
  CHECK(ids_of(take(*tables.broker)) == Ids{"late"});
}

TEST_CASE("no queues stand for all of them") {
  Tables tables;
  publish(*tables.broker, {outgoing("a", "x", 6), outgoing("b", "y", 0), outgoing("c", "z", 3)});
  CHECK(ids_of(take(*tables.broker, {}, 2)) == Ids{"b", "c"});
  CHECK(ids_of(take(*tables.broker, {})) == Ids{"a"});
  CHECK(take(*tables.broker, {}).empty());
  CHECK(run(tables.broker->lengths({})).size() == 3);
  CHECK(run(tables.broker->list({}, 10)).size() == 3);
}

TEST_CASE("eight takers at once take each message once") {
  Tables tables;
  constexpr int count = 400;
  std::vector<Outgoing> messages;
  for (int i = 0; i < count; ++i) {
    messages.push_back(outgoing(std::to_string(i), i % 3 == 0 ? "other" : "default", i % 4 * 3));
  }
  publish(*tables.broker, messages);
  std::mutex mutex;
  std::map<std::string, int> taken;
  on_threads(8, [&](int) {
    const auto broker = make_database_broker(tables.engine);
    while (true) {
      const auto some = take(*broker, {"default", "other"}, 7);
      {
        const std::lock_guard lock(mutex);
        for (const auto& id : ids_of(some)) ++taken[id];
        if (taken.size() == count) return;
      }
      std::vector<Finished> finished;
      for (const auto& one : some) finished.push_back({.tag = one.tag});
      run(broker->finish(std::move(finished)));
    }
  });
  for (const auto& [id, times] : taken) CHECK(times == 1);
}

TEST_CASE("of eight publishers with one key at once, one is heard") {
  Tables tables;
  std::mutex mutex;
  std::map<std::string, int> answers;
  on_threads(8, [&](int number) {
    const auto broker = make_database_broker(tables.engine);
    const auto ids = publish(*broker, {keyed(std::to_string(number), 60)});
    const std::lock_guard lock(mutex);
    ++answers[ids.at(0)];
  });
  REQUIRE(answers.size() == 1);
  CHECK(ids_of(take(*tables.broker)) == Ids{answers.begin()->first});
}

TEST_CASE("a key is forgotten after its time") {
  FrozenTime clock(start);
  Tables tables;
  publish(*tables.broker, {keyed("a", 60)});
  clock.advance_seconds(59);
  CHECK(publish(*tables.broker, {keyed("b", 60)}) == Ids{"a"});
  clock.advance_seconds(2);
  CHECK(publish(*tables.broker, {keyed("c", 60)}) == Ids{"c"});
  CHECK(ids_of(take(*tables.broker)) == Ids{"a", "c"});
}

TEST_CASE("messages are published all or none") {
  Tables tables;
  const auto refused = what_of<DataError>([&] {
    publish(*tables.broker, {outgoing("a"), outgoing(std::string(256, 'x')), outgoing("c")});
  });
  CHECK(refused.find("plinth_tasks.id") != std::string::npos);
  CHECK(waiting(*tables.broker) == 0);
}

TEST_CASE("a full queue refuses with 503, and others go on") {
  Tables tables({.queue_max_length = 2});
  publish(*tables.broker, {outgoing("a"), outgoing("b")});
  CHECK(what_of<db::Unavailable>([&] { publish(*tables.broker, {outgoing("c")}); }) ==
        "the queue default is full: 2 tasks");
  publish(*tables.broker, {outgoing("d", "other")});
  take(*tables.broker, {"default"}, 1);
  publish(*tables.broker, {outgoing("e")});
  CHECK(waiting(*tables.broker) == 2);
}

TEST_CASE("without its tables it says what to run") {
  const support::TestDatabase database(support::Place::disk);
  Engine engine(database.url());
  const auto broker = make_database_broker(engine);
  for (const auto& said : {what_of<ProgrammingError>([&] { publish(*broker, {outgoing("a")}); }),
                           what_of<ProgrammingError>([&] { take(*broker); })}) {
    CAPTURE(said);
    CHECK(said.find("plinth_tasks") != std::string::npos);
    CHECK(said.find("app migrate upgrade head") != std::string::npos);
  }
}

TEST_CASE("the last parts of a chord, added at once, complete it once, and its body runs once") {
  Tables tables;
  constexpr int parts = 8;
  run(tables.broker->results().set_chord_size("g", parts));
  std::vector<Outgoing> messages;
  for (int i = 0; i < parts; ++i) messages.push_back(outgoing(std::to_string(i)));
  publish(*tables.broker, messages);
  const auto held = take(*tables.broker);
  std::atomic<int> complete{0};
  on_threads(parts, [&](int i) {
    const auto broker = make_database_broker(tables.engine);
    auto done = run(broker->results().add_chord_part("g", i, std::to_string(i)));
    if (done) ++complete;
    // As if each had been the last: as after a kill before the end of the one that was.
    run(broker->finish({{.tag = held[static_cast<std::size_t>(i)].tag,
                         .follow_ups = {outgoing("body", "other")},
                         .chord = "g"}}));
  });
  CHECK(complete <= 1);  // none, when the first one dropped the parts before
  CHECK(ids_of(take(*tables.broker, {"other"})) == Ids{"body"});
}

TEST_CASE("of all that add the parts of a chord, one sees it complete") {
  Tables tables;
  for (int round = 0; round < 10; ++round) {
    const auto group = "g" + std::to_string(round);
    run(tables.broker->results().set_chord_size(group, 8));
    std::atomic<int> complete{0};
    on_threads(8, [&](int i) {
      const auto broker = make_database_broker(tables.engine);
      const auto all = run(broker->results().add_chord_part(group, i, std::to_string(i)));
      if (all && *all == Ids{"0", "1", "2", "3", "4", "5", "6", "7"}) ++complete;
    });
    CHECK(complete == 1);
  }
}

TEST_CASE("results expire, and what has expired is swept") {
  FrozenTime clock(start);
  Tables tables;
  auto& results = tables.broker->results();
  run(results.store({.id = "a", .meta = success, .expires_seconds = 60}));
  run(results.store({.id = "b", .meta = success, .expires_seconds = 600}));
  run(results.save_group("g", "{}", 60));
  publish(*tables.broker, {keyed("c", 60)});
  run(tables.broker->sweep());
  CHECK(meta(*tables.broker, "a") == success);
  clock.advance_seconds(60);
  CHECK(meta(*tables.broker, "a").empty());
  CHECK_FALSE(run(results.group_meta("g")).has_value());
  // One that has expired keeps nobody out.
  run(results.store({.id = "a", .meta = failure, .expires_seconds = 0}));
  run(tables.broker->sweep());
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    CHECK(co_await session.all(select<TaskResult>(col<&TaskResult::id>)) == Ids{"b"});
    CHECK(co_await session.one(select<TaskGroup>(count())) == 0);
    CHECK(co_await session.one(select<TaskKey>(count())) == 0);
    CHECK(co_await session.one(select<TaskMessage>(count())) == 1);
  }(tables.engine));
}

TEST_CASE("a result that another process stores is found by looking") {
  Tables tables({.poll_ms = 5});
  Engine other(tables.database.url());
  const auto elsewhere = make_database_broker(other);
  run([](ResultBackend& here, ResultBackend& there) -> Task<void> {
    std::string got;
    auto wait = [](ResultBackend& of, std::string& found) -> Task<void> {
      found = (co_await of.wait("a", -1)).value_or("nothing");
    }(here, got);
    wait.start();
    co_await there.store({.id = "a", .meta = success});
    while (got.empty()) co_await sleep_for(1);
    CHECK(got == success);
    CHECK_FALSE((co_await here.wait("b", 1)).has_value());
  }(tables.broker->results(), elsewhere->results()));
}

TEST_CASE("what is awaited may be dropped at any time") {
  Tables tables;
  for (int i = 0; i < 100; ++i) publish(*tables.broker, {outgoing(std::to_string(i))});
  run([](Broker& broker) -> Task<void> {
    for (int i = 0; i < 100; ++i) {
      auto taking = broker.take({"default"}, 1, 0);
      taking.start();
      auto waiting = broker.wait({"default"}, 1000);
      waiting.start();
      if (i % 10 == 0) co_await sleep_for(i % 3);
    }
  }(*tables.broker));
  // Their leases are over: none has gone.
  Ids all;
  while (all.size() < 100) {
    restore(*tables.broker);
    for (auto& id : ids_of(take(*tables.broker))) all.push_back(std::move(id));
  }
  std::sort(all.begin(), all.end());
  CHECK(std::unique(all.begin(), all.end()) == all.end());
}
