// How a broker gets along with Redis: its outages and limits, what others left there, and what it
// tells of its queues.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "plinth/error.hpp"
#include "redis/client.hpp"
#include "redis/log.hpp"
#include "tasks/redis_setup.hpp"

using namespace redis_broker_test;

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
  redis_test::Log log;
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

TEST_CASE("kombu restores what we held too long, and leaves what we hold") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("lost"), outgoing("held"), outgoing("deferred")});
    co_await s.take(1, 1);
    const auto held = co_await s.take();
    co_await s.broker.defer(held.at(1).tag, base::clock_microseconds() + 3'600'000'000);
    CHECK(support::kombu(s.server.url(), {"restore"}) == "1");
    const auto again = co_await s.take();
    REQUIRE(ids_of(again) == "lost");
    CHECK(again[0].deliveries == 2);
    // A deferred one is due for either.
    co_await s.broker.defer(held.at(0).tag, base::clock_microseconds());
    CHECK(support::kombu(s.server.url(), {"restore"}) == "1");
    CHECK(ids_of(co_await s.take()) == "held");
  });
}

TEST_CASE("what kombu took and did not live to acknowledge is restored by us") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.broker.publish({outgoing("one")});
    CHECK(support::kombu(s.server.url(), {"take", "default"}) == "one");
    co_await s.broker.restore();
    CHECK((co_await s.take()).empty());  // it has an hour
    s.ask({"ZADD", "unacked_index", "1000", "tag-one"});
    co_await s.broker.restore();
    const auto again = co_await s.take();
    REQUIRE(ids_of(again) == "one");
    CHECK(again[0].deliveries == 2);
  });
}

TEST_CASE("no message is lost while Redis is killed again and again") {
  redis_test::Log log;
  Setup setup({.connection_timeout = 30}, {.durable = true});
  play(setup, [](Setup& s) -> Task<void> {
    constexpr int count = 600;
    int published = 0;
    std::set<std::string> ended;
    const auto publish = [](Setup& own, int& sent) -> Task<void> {
      while (sent < count) {
        std::vector<Outgoing> messages;
        for (int i = sent; i < sent + 20; ++i) messages.push_back(outgoing(std::to_string(i)));
        try {
          co_await own.broker.publish(std::move(messages));
          sent += 20;
        } catch (const redis::Unavailable&) {  // perhaps it was done: then they come twice
        }
      }
    };
    // It may have been done although the answer was lost: again changes nothing.
    const auto finish = [](Setup& own, std::vector<Finished> finished) -> Task<void> {
      for (bool done = false; !done;) {
        try {
          co_await own.broker.finish(finished);
          done = true;
        } catch (const redis::Unavailable&) {
        }
      }
    };
    const auto work = [&finish](Setup& own, std::set<std::string>& done) -> Task<void> {
      while (done.size() < count) {
        std::vector<Delivery> taken;
        try {
          taken = co_await own.take(7, 500);
          if (taken.empty()) {
            co_await own.broker.restore();
            co_await own.broker.wait({"default"}, 50);
          }
        } catch (const redis::Unavailable&) {  // what was taken comes back
        }
        std::vector<Finished> finished;
        for (const auto& each : taken) {
          finished.push_back({.tag = each.tag, .result = result_of(id_of(each))});
        }
        co_await finish(own, std::move(finished));
        for (const auto& each : taken) done.insert(id_of(each));
      }
    };
    auto publisher = publish(s, published);
    auto worker = work(s, ended);
    publisher.start();
    worker.start();
    for (int kills = 0; kills < 5; ++kills) {
      const auto before = ended.size();
      while (ended.size() < std::min<std::size_t>(before + 40, count)) co_await sleep_for(1);
      s.server.restart();
    }
    while (!worker.done() || !publisher.done()) co_await sleep_for(1);
    for (int i = 0; i < count; ++i) {
      CHECK(co_await s.broker.results().meta(std::to_string(i)));
    }
  });
}
