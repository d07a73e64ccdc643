// How messages are held and end.
#include "tasks/redis_broker.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "plinth/error.hpp"
#include "redis/client.hpp"
#include "redis/log.hpp"
#include "tasks/redis_setup.hpp"

using namespace redis_broker_test;

TEST_CASE("a message lies in kombu's list, and is held in kombu's form") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    CHECK(co_await s.broker.publish({outgoing("one")}) == Names{"one"});
    CHECK(s.ask({"LRANGE", "default", "0", "-1"}) == text_of("one"));
    CHECK(s.ask({"SMEMBERS", "_kombu.binding.default"}) ==
          "default\x06\x16\x06\x16"
          "default");

    const auto taken = co_await s.take();
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].text == text_of("one"));
    CHECK(taken[0].queue == "default");
    CHECK(taken[0].deliveries == 1);
    CHECK(s.ask({"EXISTS", "default"}) == "0");
    CHECK(s.ask({"HGET", "unacked", taken[0].tag}) == "[" + text_of("one") + R"(, "", "default"])");
    const auto due = std::stod(s.ask({"ZSCORE", "unacked_index", taken[0].tag})) + 3600;
    const auto now = static_cast<double>(base::clock_microseconds()) / 1e6;
    CHECK(due > now + 30);
    CHECK(due < now + 90);

    co_await s.broker.finish({{.tag = taken[0].tag, .result = result_of("one")}});
    CHECK(s.is_empty());
    CHECK(s.ask({"GET", "celery-task-meta-one"}) == result_of("one").meta);
    CHECK(s.ask({"TTL", "celery-task-meta-one"}).starts_with("86"));
  });
}

TEST_CASE("the oldest comes first, the lower priority before it, and each queue in its turn") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("a1"), outgoing("a2"), outgoing("b1", "mail")});
    co_await s.broker.publish({outgoing("nine", "default", 9), outgoing("five", "default", 5),
                               outgoing("b2", "mail"), outgoing("three", "mail", 3)});
    CHECK(s.ask({"LLEN",
                 "default\x06\x16"
                 "3"}) == "1");
    CHECK(ids_of(co_await s.broker.take({"default", "mail"}, 1, long_ms)) == "a1");
    CHECK(ids_of(co_await s.broker.take({"default", "mail"}, 1, long_ms)) == "b1");
    const auto rest = co_await s.broker.take({"default", "mail"}, 10, long_ms);
    CHECK(ids_of(rest) == "a2 b2 five three nine");
    CHECK(rest[3].queue == "mail");
    CHECK((co_await s.broker.take({"default", "mail"}, 10, long_ms)).empty());
    CHECK((co_await s.broker.take({}, 10, long_ms)).empty());
  });
}

TEST_CASE("when a lease has ended the message is back at the front, marked and counted") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two"), outgoing("three")});
    const auto first = co_await s.take(2, 1);
    co_await s.restore_all();
    auto again = co_await s.take();
    CHECK(ids_of(again) == "one two three");
    CHECK(again[0].deliveries == 2);
    CHECK(again[1].deliveries == 2);
    CHECK(again[2].deliveries == 1);
    const auto message = std::get<Message>(decode(again[0].text));
    CHECK(message.redelivered);
    CHECK(message.delivery_count == 1);
    CHECK(again[0].tag != first[0].tag);
  });
}

TEST_CASE("who lost a lease cannot finish, renew, defer or give back what is another's") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one")});
    const auto late = (co_await s.take(1, 1)).at(0).tag;
    co_await s.restore_all();
    const auto now = (co_await s.take()).at(0).tag;
    co_await s.broker.finish({{.tag = late,
                               .result = result_of("one", "FAILURE"),
                               .follow_ups = {outgoing("next")},
                               .dead_reason = "late"}});
    co_await s.broker.renew({late}, long_ms);
    co_await s.broker.defer(late, base::clock_microseconds() + 1'000'000);
    co_await s.broker.give_back({late});
    co_await s.broker.ack({late});
    CHECK(s.ask({"EXISTS", "celery-task-meta-one", "default", "plinth.dead"}) == "0");
    CHECK(s.ask({"HKEYS", "unacked"}) == now);
    CHECK(s.ask({"ZRANGE", "unacked_index", "0", "-1"}) == now);
  });
}

TEST_CASE("a lease that is renewed does not end") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one")});
    const auto tag = (co_await s.take(1, 2000)).at(0).tag;
    const auto before = std::stod(s.ask({"ZSCORE", "unacked_index", tag}));
    co_await s.broker.renew({tag, "unknown"}, long_ms);
    CHECK(std::stod(s.ask({"ZSCORE", "unacked_index", tag})) > before + 50);
    CHECK(s.ask({"ZCARD", "unacked_index"}) == "1");
    CHECK(co_await s.broker.restore() == 1000);
    CHECK(s.ask({"HLEN", "unacked"}) == "1");
  });
}

TEST_CASE("a deferred message comes back at its time, and is not counted") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("soon", "default", 6), outgoing("later")});
    const auto taken = co_await s.take();
    REQUIRE(ids_of(taken) == "later soon");
    const auto now = base::clock_microseconds();
    co_await s.broker.defer(taken[1].tag, now + 5000);
    co_await s.broker.defer(taken[0].tag, now + 3'600'000'000);
    while (s.ask({"HLEN", "unacked"}) == "2") {
      CHECK(co_await s.broker.restore() <= 1000);
    }
    CHECK(base::clock_microseconds() >= now + 5000);
    CHECK(s.ask({"LLEN",
                 "default\x06\x16"
                 "6"}) == "1");
    const auto again = co_await s.take();
    REQUIRE(ids_of(again) == "soon");
    CHECK(again[0].deliveries == 1);
    CHECK(again[0].text == taken[1].text);
    // A Python worker reads it as any held message.
    CHECK(s.ask({"HGET", "unacked", taken[0].tag}) == "[" + taken[0].text + R"(, "", "default" ])");
  });
}

TEST_CASE("what is given back is at the front in its order, and not counted") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two"), outgoing("three")});
    const auto taken = co_await s.take(2);
    co_await s.broker.give_back({taken[0].tag, taken[1].tag});
    const auto again = co_await s.take();
    CHECK(ids_of(again) == "one two three");
    CHECK(again[0].deliveries == 1);
    CHECK(again[0].text == taken[0].text);
  });
}

TEST_CASE("acknowledging keeps nothing") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two")});
    const auto taken = co_await s.take();
    co_await s.broker.ack({taken[0].tag, taken[1].tag});
    co_await s.broker.ack({});
    CHECK(s.is_empty());
  });
}

TEST_CASE("finishing is one step: the result, what follows and the acknowledgement") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two")});
    const auto taken = co_await s.take();
    std::vector<Finished> finished;
    finished.push_back({.tag = taken[0].tag,
                        .result = result_of("one"),
                        .follow_ups = {outgoing("next"), outgoing("mail", "mail", 4)}});
    finished.push_back({.tag = taken[1].tag});
    finished.push_back({.tag = "",
                        .result = result_of("acknowledged early"),
                        .follow_ups = {outgoing("its next")}});
    co_await s.broker.finish(std::move(finished));
    CHECK(s.ask({"EXISTS", "unacked", "unacked_index"}) == "0");
    CHECK(s.ask({"EXISTS", "celery-task-meta-acknowledged early"}) == "1");
    CHECK(s.ask({"LLEN",
                 "mail\x06\x16"
                 "3"}) == "1");
    CHECK(ids_of(co_await s.take()) == "next its next");
  });
}

TEST_CASE("the body of a chord is sent by the one who drops its parts") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    auto& results = s.broker.results();
    co_await results.set_chord_size("g", 1);
    CHECK(co_await results.add_chord_part("g", 0, R"([1, "one", "SUCCESS", 1])"));
    co_await s.broker.publish({outgoing("one"), outgoing("one again")});
    const auto taken = co_await s.take();
    for (const auto& each : taken) {
      std::vector<Finished> finished;
      finished.push_back({.tag = each.tag,
                          .result = result_of(id_of(each)),
                          .follow_ups = {outgoing("body")},
                          .chord = "g"});
      co_await s.broker.finish(std::move(finished));
    }
    CHECK(s.ask({"LLEN", "default"}) == "1");
    CHECK(s.ask({"KEYS", "celery-taskset-meta-*"}).empty());
    CHECK(s.ask({"EXISTS", "celery-task-meta-one again"}) == "1");
    CHECK(s.ask({"EXISTS", "unacked"}) == "0");
  });
}

TEST_CASE("a repeat with the same key is dropped, and known by the first one's id") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    auto first = outgoing("one");
    first.idempotency_key = "order 7";
    first.idempotency_seconds = 60;
    auto second = outgoing("two");
    second.idempotency_key = "order 7";
    CHECK(co_await s.broker.publish({first}) == Names{"one"});
    CHECK(co_await s.broker.publish({second, outgoing("three")}) == Names{"one", "three"});
    CHECK(ids_of(co_await s.take()) == "one three");
    CHECK(s.ask({"TTL", "plinth.once.order 7"}).size() == 2);
  });
}

TEST_CASE("a full queue takes none of what is published together") {
  Setup setup({.queue_max_length = 3});
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two", "default", 9)});
    std::string error;
    try {
      co_await s.broker.publish({outgoing("mail", "mail"), outgoing("three"), outgoing("four")});
    } catch (const HttpError& full) {
      CHECK(full.status == 503);
      error = full.what();
    }
    CHECK(error == "the queue \"default\" has 3 messages already (task_queue_max_length)");
    CHECK(s.ask({"EXISTS", "mail"}) == "0");
    CHECK(s.ask({"LLEN", "default"}) == "1");
    co_await s.broker.publish({outgoing("three")});
  });
}

TEST_CASE("poison is held as any message, and becomes a dead letter that can be revived") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({{.id = "x", .queue = "default", .text = "no \n\"JSON\" at all"}});
    co_await s.broker.publish({outgoing("one", "default", 3)});
    auto taken = co_await s.take(10, 1);
    co_await s.restore_all();  // its worker died over it
    taken = co_await s.take();
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].text == "no \n\"JSON\" at all");
    std::vector<Finished> finished;
    finished.push_back({.tag = taken[0].tag, .dead_reason = "not a message: \"x\""});
    finished.push_back({.tag = taken[1].tag,
                        .result = result_of("one", "FAILURE"),
                        .dead_reason = "unknown task"});
    co_await s.broker.finish(std::move(finished));
    const auto letters = co_await s.broker.dead_letters(10);
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].id == taken[0].tag);
    CHECK(letters[0].text == "no \n\"JSON\" at all");
    CHECK(letters[0].reason == "not a message: \"x\"");
    CHECK(letters[1].id == "one");
    CHECK(letters[1].task == "add");
    CHECK(letters[1].queue == "default");
    CHECK(letters[1].reason == "unknown task");
    CHECK(letters[1].at_us > 0);

    CHECK(co_await s.broker.revive("one"));
    CHECK(!co_await s.broker.revive("one"));
    const auto revived = co_await s.take();
    REQUIRE(ids_of(revived) == "one");
    CHECK(revived[0].deliveries == 1);
    CHECK(!std::get<Message>(decode(revived[0].text)).redelivered);
    CHECK(co_await s.broker.revive(taken[0].tag));
    CHECK(co_await s.broker.purge_dead_letters() == 0);
    CHECK((co_await s.take()).at(0).text == "no \n\"JSON\" at all");
  });
}
