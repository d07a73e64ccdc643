// Scenarios about how messages end, and about results.
#pragma once

#include "tasks_broker/subject.hpp"

namespace subject {

inline void finishes_as_one(Subject& on) {
  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker);
  run(on.broker.finish({{.tag = held[0].tag,
                         .result = StoredResult{.id = "a", .meta = success},
                         .follow_ups = {outgoing("next", "other"), outgoing("next too", "other")}},
                        {.tag = held[1].tag,
                         .result = StoredResult{.id = "b", .meta = failure},
                         .follow_ups = {outgoing("b")}}}));
  CHECK(meta(on.broker, "a") == success);
  CHECK(meta(on.broker, "b") == failure);
  CHECK(ids_of(take(on.broker, {"other"})) == Ids{"next", "next too"});
  CHECK(ids_of(take(on.broker)) == Ids{"b"});  // a retry: itself again
  on.pass(lease_ms + 1000);
  restore(on.broker);
  CHECK(ids_of(take(on.broker, {"default", "other"})).size() == 3);  // those that were taken last
}

inline void finishes_once(Subject& on) {
  publish(on.broker, {outgoing("a")});
  const auto held = take(on.broker);
  const Finished finished{.tag = held[0].tag,
                          .result = StoredResult{.id = "a", .meta = failure},
                          .follow_ups = {outgoing("next", "other")}};
  run(on.broker.finish({finished, finished}));
  run(on.broker.finish({finished}));
  CHECK(ids_of(take(on.broker, {"other"})) == Ids{"next"});
}

inline void lost_hold_ends_nothing(Subject& on) {
  publish(on.broker, {outgoing("a")});
  const auto lost = take(on.broker);
  on.pass(lease_ms + 1000);
  restore(on.broker);
  const auto held = take(on.broker);
  const auto finished = [](const Delivery& of, const char* next) {
    return Finished{.tag = of.tag,
                    .result = StoredResult{.id = "a", .meta = failure},
                    .follow_ups = {outgoing(next, "other")}};
  };
  run(on.broker.finish({finished(lost[0], "of the lost")}));
  run(on.broker.finish({{.tag = lost[0].tag, .dead_reason = "lost"}}));
  CHECK(meta(on.broker, "a").empty());
  CHECK(run(on.broker.dead_letters(10)).empty());
  run(on.broker.finish({finished(held.at(0), "of the held")}));
  CHECK(ids_of(take(on.broker, {"other"})) == Ids{"of the held"});
}

inline void finishes_what_was_acknowledged(Subject& on) {
  publish(on.broker, {outgoing("a")});
  const auto held = take(on.broker);
  run(on.broker.ack({held[0].tag}));
  run(on.broker.finish(
      {{.result = StoredResult{.id = "a", .meta = success}, .follow_ups = {outgoing("next")}}}));
  CHECK(meta(on.broker, "a") == success);
  CHECK(ids_of(take(on.broker)) == Ids{"next"});
}

inline void keeps_results(Subject& on) {
  auto& results = on.broker.results();
  CHECK_FALSE(run(results.meta("a")).has_value());
  const std::string started = R"({"status": "STARTED", "result": null})";
  run(results.store({.id = "a", .meta = started, .ready = false}));
  CHECK(meta(on.broker, "a") == started);
  CHECK_FALSE(run(results.wait("a", 0)).has_value());
  run(results.store({.id = "a", .meta = failure}));
  CHECK(run(results.wait("a", 0)).value_or("") == failure);
  run(results.store({.id = "a", .meta = success}));
  run(results.store({.id = "a", .meta = failure}));
  CHECK(meta(on.broker, "a") == success);
  run(results.store({.id = "b", .meta = failure}));
  run(results.forget({"a", "b", "unknown"}));
  CHECK(meta(on.broker, "a").empty());
  CHECK(meta(on.broker, "b").empty());
}

inline void waits_for_a_result(Subject& on) {
  run([](ResultBackend& results) -> Task<void> {
    std::string got;
    auto wait = [](ResultBackend& of, std::string& meta) -> Task<void> {
      meta = (co_await of.wait("a", -1)).value_or("nothing");
    }(results, got);
    wait.start();
    co_await results.store({.id = "a", .meta = R"({"status": "STARTED"})", .ready = false});
    CHECK(got.empty());
    co_await results.store({.id = "a", .meta = success});
    while (got.empty()) co_await sleep_for(1);
    CHECK(got == success);
  }(on.broker.results()));
}

inline void keeps_groups(Subject& on) {
  auto& results = on.broker.results();
  CHECK_FALSE(run(results.group_meta("g")).has_value());
  run(results.save_group("g", R"({"result": [["g", null], []]})", 60));
  run(results.set_chord_size("g", 2));
  CHECK(run(results.group_meta("g")).value_or("") == R"({"result": [["g", null], []]})");
}

inline void completes_a_chord(Subject& on) {
  auto& results = on.broker.results();
  run(results.set_chord_size("g", 11));
  for (int i = 10; i > 0; --i) {
    const auto part = "[1, \"" + std::to_string(i) + "\", \"SUCCESS\", 3]";
    CHECK_FALSE(run(results.add_chord_part("g", i, part)).has_value());
    CHECK_FALSE(run(results.add_chord_part("g", i, part)).has_value());
  }
  const auto parts = run(results.add_chord_part("g", 0, R"([1, "0", "SUCCESS", 3])"));
  REQUIRE(parts.has_value());
  CHECK(parts->size() == 11);
  CHECK(parts->front() == R"([1, "0", "SUCCESS", 3])");
  CHECK(parts->back() == R"([1, "10", "SUCCESS", 3])");
  CHECK(run(results.add_chord_part("g", 0, R"([1, "0", "SUCCESS", 3])")) == parts);

  publish(on.broker, {outgoing("a"), outgoing("b")});
  const auto held = take(on.broker);
  for (const auto& one : held) {
    run(on.broker.finish(
        {{.tag = one.tag, .follow_ups = {outgoing("body", "other")}, .chord = "g"}}));
  }
  CHECK(ids_of(take(on.broker, {"other"})) == Ids{"body"});
  CHECK_FALSE(run(results.add_chord_part("g", 0, R"([1, "0", "SUCCESS", 3])")).has_value());
}

inline constexpr Scenario result_scenarios[] = {
    {"a message ends as one step, with its result and what follows", &finishes_as_one},
    {"a message ends once", &finishes_once},
    {"who has lost a message does not end it", &lost_hold_ends_nothing},
    {"what was acknowledged early ends without a hold", &finishes_what_was_acknowledged},
    {"results are replaced until a success", &keeps_results},
    {"who waits for a result is woken by it", &waits_for_a_result},
    {"groups are saved", &keeps_groups},
    {"a chord is complete with its last part, and its body is sent once", &completes_a_chord},
};

}  // namespace subject
