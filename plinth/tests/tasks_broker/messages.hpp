// Scenarios about messages: taken, held, given back, dead.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "tasks_broker/subject.hpp"

namespace subject {

inline void takes_once_in_order(Subject& on) {
  CHECK(publish(on.broker, {outgoing("a"), outgoing("b"), outgoing("c", "other")}) ==
        Ids{"a", "b", "c"});
  publish(on.broker, {outgoing("d")});
  const auto first = take(on.broker, {"default"}, 2);
  CHECK(ids_of(first) == Ids{"a", "b"});
  CHECK(first[0].text == text_of("a"));
  CHECK(first[0].queue == "default");
  CHECK(first[0].deliveries == 1);
  CHECK(first[0].tag != first[1].tag);
  CHECK(ids_of(take(on.broker)) == Ids{"d"});
  CHECK(take(on.broker).empty());
  CHECK(ids_of(take(on.broker, {"nothing", "other"})) == Ids{"c"});
  CHECK(take(on.broker, {"default", "other"}).empty());
}

inline void takes_the_most_urgent_first(Subject& on) {
  publish(on.broker, {outgoing("late", "default", 9), outgoing("later", "other", 6),
                      outgoing("soon", "other", 3), outgoing("now", "default", 0),
                      outgoing("now too", "default", 0)});
  CHECK(ids_of(take(on.broker, {"default", "other"}, 2)) == Ids{"now", "now too"});
  CHECK(ids_of(take(on.broker, {"default", "other"}, 1)) == Ids{"soon"});
  CHECK(ids_of(take(on.broker, {"default", "other"})) == Ids{"later", "late"});
}

inline void lease_ends(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker, {"default"}, 1);
  publish(on.broker, {outgoing("c")});
  on.pass(lease_ms - 1000);
  restore(on.broker);
  CHECK(run(on.broker.lengths({"default"})).at(0).held == 1);
  on.pass(2000);
  restore(on.broker);
  const auto again = take(on.broker);
  CHECK(ids_of(again) == Ids{"a", "b", "c"});
  CHECK(again[0].deliveries == 2);
  CHECK(again[1].deliveries == 1);
  CHECK(again[0].tag != held[0].tag);
}

inline void lease_is_renewed(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker);
  on.pass(lease_ms - 1000);
  run(on.broker.renew({held[0].tag, "not a tag"}, lease_ms));
  on.pass(2000);
  restore(on.broker);
  CHECK(ids_of(take(on.broker)) == Ids{"b"});
}

inline void gives_back(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker, {"default"}, 1);
  publish(on.broker, {outgoing("c")});
  run(on.broker.give_back({held[0].tag}));
  run(on.broker.give_back({held[0].tag, "not a tag"}));
  const auto again = take(on.broker);
  CHECK(ids_of(again) == Ids{"a", "b", "c"});
  CHECK(again[0].deliveries == 1);
}

inline void defers(Subject& on) {
  publish(on.broker, {outgoing("a")});
  const auto held = take(on.broker);
  run(on.broker.defer(held[0].tag, base::clock_microseconds() + 60'000'000));
  on.pass(lease_ms + 1000);
  restore(on.broker);
  CHECK(take(on.broker).empty());
  CHECK(run(on.broker.list({"default"}, 10)).at(0).held);
  on.pass(60'000);
  restore(on.broker);
  const auto due = take(on.broker);
  CHECK(ids_of(due) == Ids{"a"});
  CHECK(due.at(0).deliveries == 1);
}

inline void acknowledges(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker);
  run(on.broker.ack({held[0].tag, "not a tag"}));
  on.pass(lease_ms + 1000);
  restore(on.broker);
  CHECK(ids_of(take(on.broker)) == Ids{"b"});
}

inline void buries_and_revives(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker);
  run(on.broker.finish({{.tag = held[0].tag, .dead_reason = "delivered 5 times"},
                        {.tag = held[1].tag, .dead_reason = "unknown task"}}));
  on.pass(lease_ms + 1000);
  restore(on.broker);
  CHECK(take(on.broker).empty());

  const auto dead = run(on.broker.dead_letters(10));
  REQUIRE(dead.size() == 2);
  CHECK(run(on.broker.dead_letters(1)).size() == 1);
  CHECK(dead[0].id == "a");
  CHECK(dead[0].task == "add");
  CHECK(dead[0].queue == "default");
  CHECK(dead[0].reason == "delivered 5 times");
  CHECK(dead[0].text == text_of("a"));
  CHECK(dead[0].at_us > 0);
  CHECK(dead[1].reason == "unknown task");

  CHECK(run(on.broker.revive("a")));
  CHECK_FALSE(run(on.broker.revive("a")));
  const auto revived = take(on.broker);
  CHECK(ids_of(revived) == Ids{"a"});
  CHECK(revived.at(0).deliveries == 1);
  CHECK(run(on.broker.purge_dead_letters()) == 1);
  CHECK(run(on.broker.dead_letters(10)).empty());
}

inline void drops_repeats(Subject& on) {
  auto first = outgoing("a");
  first.idempotency_key = "order 1";
  auto second = outgoing("b");
  second.idempotency_key = "order 1";
  auto other = outgoing("c");
  other.idempotency_key = "order 2";
  CHECK(publish(on.broker, {first}) == Ids{"a"});
  CHECK(publish(on.broker, {second, other, outgoing("d")}) == Ids{"a", "c", "d"});
  CHECK(publish(on.broker, {first}) == Ids{"a"});
  CHECK(ids_of(take(on.broker)) == Ids{"a", "c", "d"});
  CHECK(publish(on.broker, {second}) == Ids{"a"});
  CHECK(take(on.broker).empty());
}

inline void looks_and_removes(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b"), outgoing("c"), outgoing("d", "other")});
  const auto held = take(on.broker, {"default"}, 1);
  const auto lengths = run(on.broker.lengths({"other", "default", "empty"}));
  REQUIRE(lengths.size() == 3);
  CHECK(lengths[0].queue == "other");
  CHECK(lengths[0].waiting == 1);
  CHECK(lengths[1].waiting == 2);
  CHECK(lengths[1].held == 1);
  CHECK(lengths[2].waiting == 0);

  const auto listed = run(on.broker.list({"default"}, 10));
  REQUIRE(listed.size() == 3);
  CHECK(std::count_if(listed.begin(), listed.end(), [](auto& one) { return one.held; }) == 1);
  CHECK(run(on.broker.list({"default"}, 2)).size() == 2);

  CHECK(run(on.broker.remove("b")));
  CHECK_FALSE(run(on.broker.remove("b")));
  CHECK_FALSE(run(on.broker.remove("a")));  // it is held
  CHECK(run(on.broker.purge({"default"})) == 1);
  CHECK(take(on.broker).empty());
  CHECK(ids_of(take(on.broker, {"other"})) == Ids{"d"});
}

inline void wakes_up(Subject& on) {
  CHECK(take(on.broker).empty());
  // A wait that was not woken would take a minute, and the test's time is limited.
  run([](Broker& broker) -> Task<void> {
    std::vector<Delivery> taken;
    auto wait = [](Broker& waits, std::vector<Delivery>& got) -> Task<void> {
      while (got.empty()) {
        co_await waits.wait({"default"}, 60'000);
        got = co_await waits.take({"default"}, 1, lease_ms);
      }
    }(broker, taken);
    wait.start();
    CHECK(taken.empty());
    co_await broker.publish({outgoing("a")});
    while (taken.empty()) co_await sleep_for(1);
  }(on.broker));
}

inline constexpr Scenario message_scenarios[] = {
    {"a message is taken once, the oldest first", &takes_once_in_order},
    {"the most urgent comes first, from whatever queue", &takes_the_most_urgent_first},
    {"when a lease ends, the message is at the front, counted once more", &lease_ends},
    {"a renewed lease goes on", &lease_is_renewed},
    {"what is given back is at the front, not counted", &gives_back},
    {"what is deferred waits for its time, not counted", &defers},
    {"what is acknowledged has gone", &acknowledges},
    {"dead letters are kept, and come back without a past", &buries_and_revives},
    {"a repeat is dropped and known by the id of the first", &drops_repeats},
    {"queues are looked at, and messages that wait removed", &looks_and_removes},
    {"who waits is woken by a message", &wakes_up},
};

}  // namespace subject
