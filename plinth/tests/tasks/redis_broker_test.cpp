#include "tasks/redis_broker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "plinth/error.hpp"
#include "redis/client.hpp"
#include "redis/log.hpp"
#include "support/redis.hpp"
#include "tasks/message.hpp"

using namespace plinth;
using namespace plinth::tasks;
using support::RedisServer;

namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t long_ms = 60'000;

std::string text_of(const std::string& id, const std::string& queue = "default") {
  return encode(Message{.task = "add", .id = id, .queue = queue, .delivery_tag = "tag-" + id});
}

Outgoing outgoing(const std::string& id, const std::string& queue = "default", int priority = 0) {
  auto text = encode(Message{
      .task = "add", .id = id, .queue = queue, .priority = priority, .delivery_tag = "tag-" + id});
  return {.id = id, .queue = queue, .priority = priority, .text = std::move(text)};
}

StoredResult result_of(const std::string& id, const std::string& status = "SUCCESS") {
  return {.id = id,
          .meta = R"({"status": ")" + status + R"(", "result": 1, "task_id": ")" + id + "\"}"};
}

std::string id_of(const Delivery& delivery) { return std::get<Message>(decode(delivery.text)).id; }

std::string ids_of(const std::vector<Delivery>& deliveries) {
  std::string ids;
  for (const auto& delivery : deliveries) ids += (ids.empty() ? "" : " ") + id_of(delivery);
  return ids;
}

struct Setup {
  explicit Setup(RedisBrokerOptions options = {}, RedisServer::Options server_options = {})
      : server(std::move(server_options)),
        broker(redis::parse_url(server.url()), redis::parse_url(server.url()), options) {}

  std::string ask(const Names& words) const {
    auto answer = server.ask(words);
    if (answer.ends_with('\n')) answer.pop_back();
    return answer;
  }
  bool is_empty() const { return ask({"EXISTS", "unacked", "unacked_index", "default"}) == "0"; }
  Task<std::vector<Delivery>> take(std::size_t limit = 10, std::int64_t lease_ms = long_ms) {
    return broker.take({"default"}, limit, lease_ms);
  }
  // Until a lease of a millisecond has ended and its message is back.
  Task<void> restore_all() {
    while (ask({"EXISTS", "unacked"}) == "1") co_await broker.restore();
  }

  RedisServer server;
  RedisBroker broker;
};

template <class Scenario>
void play(Setup& setup, Scenario scenario) {
  run(scenario(setup));
}

}  // namespace

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

TEST_CASE("what a Python worker left behind is restored where it came from") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    s.ask({"SADD", "_kombu.binding.tasks", "orders\x06\x16\x06\x16order_queue"});
    const auto hold = [&](const std::string& tag, const std::string& exchange,
                          const std::string& key) {
      s.ask({"HSET", "unacked", tag,
             "[" + text_of(tag) + ", \"" + exchange + "\", \"" + key + "\"]"});
      s.ask({"ZADD", "unacked_index", "1000", tag});
    };
    hold("plain", "", "default");
    hold("named", "tasks", "orders");
    hold("topic", "tasks", "orders.eu");  // no binding of that key: only Python knows
    s.ask({"ZADD", "unacked_index", "1000", "half"});
    s.ask({"HSET", "unacked", "garbage", "garbage"});
    s.ask({"ZADD", "unacked_index", "1000", "garbage"});
    co_await s.broker.restore();
    CHECK(co_await s.broker.restore() == 1000);
    CHECK(ids_of(co_await s.take()) == "plain");
    const auto named = co_await s.broker.take({"order_queue"}, 10, long_ms);
    REQUIRE(ids_of(named) == "named");
    CHECK(named[0].deliveries == 2);
    CHECK(s.ask({"ZSCORE", "unacked_index", "topic"}) == "1000");
    CHECK(s.ask({"ZSCORE", "unacked_index", "half"}).empty());
    CHECK((co_await s.broker.dead_letters(10)).at(0).text == "garbage");
  });
}

TEST_CASE("a key of another type is nobody's queue, and keeps no message from its worker") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    s.ask({"SET", "broken", "text"});
    co_await s.broker.publish({outgoing("one")});
    CHECK(ids_of(co_await s.broker.take({"broken", "default"}, 10, long_ms)) == "one");
    CHECK(s.ask({"HLEN", "unacked"}) == "1");
  });
}

TEST_CASE("with its memory full Redis takes no more messages, but workers go on") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two"), outgoing("three")});
    s.ask({"CONFIG", "SET", "maxmemory", "1"});
    std::string error;
    try {
      co_await s.broker.publish({outgoing("four")});
    } catch (const HttpError& full) {
      CHECK(full.status == 503);
      error = full.what();
    }
    CHECK(error.starts_with("Redis: OOM "));
    const auto taken = co_await s.take(2);
    REQUIRE(taken.size() == 2);
    co_await s.broker.renew({taken[0].tag}, long_ms);
    std::vector<Finished> finished;
    finished.push_back(
        {.tag = taken[0].tag, .result = result_of("one"), .follow_ups = {outgoing("next")}});
    co_await s.broker.finish(std::move(finished));
    co_await s.broker.give_back({taken[1].tag});
    CHECK(s.ask({"EXISTS", "celery-task-meta-one"}) == "1");
    CHECK(ids_of(co_await s.take()) == "two three next");
  });
}

TEST_CASE("results are kept in another database, or on another server") {
  const RedisServer elsewhere;
  for (const bool apart : {false, true}) {
    const RedisServer server;
    auto results = server.url();
    results.back() = '7';
    if (apart) results = elsewhere.url();
    RedisBroker broker(redis::parse_url(server.url()), redis::parse_url(results), {});
    run([](RedisBroker& own) -> Task<void> {
      co_await own.results().set_chord_size("g", 1);
      co_await own.results().add_chord_part("g", 0, R"([1, "one", "SUCCESS", 1])");
      co_await own.publish({outgoing("one")});
      const auto taken = co_await own.take({"default"}, 10, long_ms);
      std::vector<Finished> finished;
      finished.push_back({.tag = taken.at(0).tag,
                          .result = result_of("one"),
                          .follow_ups = {outgoing("body")},
                          .chord = "g"});
      co_await own.finish(std::move(finished));
      CHECK(co_await own.results().meta("one") == result_of("one").meta);
      CHECK(ids_of(co_await own.take({"default"}, 10, long_ms)) == "body");
    }(broker));
    CHECK(server.ask({"EXISTS", "celery-task-meta-one"}) == "0\n");
    CHECK(server.ask({"-n", "7", "EXISTS", "celery-taskset-meta-g.j"}) == "0\n");
    CHECK(elsewhere.ask({"EXISTS", "celery-taskset-meta-g.j"}) == "0\n");
  }
}

TEST_CASE("queues are counted, listed, emptied") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    auto& broker = s.broker;
    co_await broker.publish({outgoing("one"), outgoing("two"), outgoing("three", "default", 9)});
    co_await broker.publish({outgoing("held", "mail"), outgoing("deferred", "mail")});
    const auto held = co_await broker.take({"mail"}, 10, long_ms);
    const auto eta = (base::clock_microseconds() / 1'000'000 + 3600) * 1'000'000;
    co_await broker.defer(held.at(1).tag, eta);

    const auto lengths = co_await broker.lengths({});
    REQUIRE(lengths.size() == 2);
    CHECK(lengths[0].queue == "default");
    CHECK(lengths[0].waiting == 3);
    CHECK(lengths[1].waiting == 0);
    CHECK(lengths[1].held == 2);
    CHECK((co_await broker.lengths({"mail"})).size() == 1);

    const auto all = co_await broker.list({}, 100);
    REQUIRE(all.size() == 5);
    CHECK(all[0].text == text_of("one"));
    CHECK(!all[0].held);
    CHECK(all[3].queue == "mail");
    CHECK(all[3].held);
    CHECK(all[4].due_us / 1000 == eta / 1000);
    CHECK((co_await broker.list({"default"}, 2)).size() == 2);

    CHECK(co_await broker.remove("three"));
    CHECK(!co_await broker.remove("three"));
    CHECK(!co_await broker.remove("held"));  // a worker has it
    CHECK(co_await broker.remove("deferred"));
    CHECK(s.ask({"HLEN", "unacked"}) == "1");

    co_await broker.publish({outgoing("again", "mail")});
    const auto again = co_await broker.take({"mail"}, 10, long_ms);
    co_await broker.defer(again.at(0).tag, eta);
    CHECK(co_await broker.purge({}) == 3);  // one, two and the deferred one
    CHECK(s.ask({"HKEYS", "unacked"}) == held[0].tag);
    CHECK(s.ask({"EXISTS", "default"}) == "0");
  });
}

TEST_CASE("a worker that waits hears of a message, whoever sends it") {
  redis_test::Log log;
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    const auto wait_for = [&](const std::string& key) -> Task<void> {
      while (!(co_await s.broker.take({"default", "mail", "mailing"}, 10, long_ms)).empty()) {
      }
      auto waiting = s.broker.wait({"default", "mail", "mailing"}, long_ms);
      waiting.start();
      s.ask({"LPUSH", key, text_of("x")});
      while (!waiting.done()) co_await sleep_for(1);
      waiting.take();
      while ((co_await s.broker.take({"default", "mail", "mailing"}, 10, long_ms)).empty()) {
        co_await s.broker.wait({"default", "mail", "mailing"}, long_ms);
      }
    };
    co_await wait_for("default");
    co_await wait_for("mailing");
    co_await wait_for(
        "mail\x06\x16"
        "9");
    s.server.restart();
    for (bool lost = true; lost;) {
      try {
        co_await s.take();
        lost = false;
      } catch (const redis::Unavailable&) {
      }
    }
    co_await wait_for("default");
  });
}

TEST_CASE("a message that came while the queues were looked at ends the wait") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.take();
    co_await s.broker.wait({"default"}, 1);  // asks Redis to tell
    co_await s.take();
    co_await s.broker.publish({outgoing("one")});
    co_await s.broker.wait({"default"}, long_ms);
    CHECK(ids_of(co_await s.take()) == "one");
  });
}

TEST_CASE("where Redis refuses to tell of changes the queues are looked at") {
  redis_test::Log log;
  const RedisServer server;
  server.ask(
      {"ACL", "SETUSER", "worker", "on", ">secret", "~*", "&*", "+@all", "-client|tracking"});
  auto url = redis::parse_url(server.url());
  url.user = "worker";
  url.password = "secret";
  RedisBroker broker(url, url, {});
  run([](RedisBroker& own, const RedisServer& redis) -> Task<void> {
    co_await own.take({"default"}, 10, long_ms);
    co_await own.wait({"default"}, long_ms);
    redis.ask({"LPUSH", "default", text_of("one")});
    std::vector<Delivery> taken;
    while (taken.empty()) {
      co_await own.wait({"default"}, long_ms);
      taken = co_await own.take({"default"}, 10, long_ms);
    }
    CHECK(ids_of(taken) == "one");
  }(broker, server));
  CHECK(log.count("looking at the queues every 50 ms") == 1);
}

TEST_CASE("without Redis publishing fails clearly, and workers find what was held") {
  redis_test::Log log;
  Setup setup({.connection_timeout = 0.2}, {.durable = true});
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one"), outgoing("two")});
    const auto taken = co_await s.take(1);
    s.server.kill();
    std::string error;
    try {
      co_await s.broker.publish({outgoing("three")});
    } catch (const HttpError& out_of_reach) {
      CHECK(out_of_reach.status == 503);
      error = out_of_reach.what();
    }
    CHECK(!error.empty());
    s.server.start();
    for (bool lost = true; lost;) {
      try {
        co_await s.broker.finish({{.tag = taken.at(0).tag, .result = result_of("one")}});
        lost = false;
      } catch (const redis::Unavailable&) {
      }
    }
    CHECK(s.ask({"EXISTS", "unacked"}) == "0");
    CHECK(ids_of(co_await s.take()) == "two");
  });
}
