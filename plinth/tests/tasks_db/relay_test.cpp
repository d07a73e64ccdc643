// From the outbox to another broker.
#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "plinth/testing.hpp"
#include "setup.hpp"
#include "support/redis.hpp"
#include "tasks/redis_broker.hpp"
#include "tasks/relay.hpp"

using namespace setup;

namespace {

// The other broker, in a database of its own.
struct Target {
  explicit Target(bool with_tables = true)
      : engine(database.url()), broker(make_database_broker(engine)) {
    if (with_tables) make_tables();
  }
  void make_tables() { create_all(engine, metadata_with_tasks<>()); }

  support::TestDatabase database{support::Place::disk};
  Engine engine;
  std::unique_ptr<DatabaseBroker> broker;
};

void enqueue(Engine& engine, std::vector<Outgoing> messages) {
  run([](Engine& on, std::vector<Outgoing> all) -> Task<void> {
    auto session = on.session();
    for (auto& one : all) enlist(session, std::move(one));
    co_await session.commit();
  }(engine, std::move(messages)));
}

// Until nothing is left in the outbox.
Task<void> drained(DatabaseBroker& outbox) {
  for (bool left = true; left;) {
    co_await sleep_for(1);
    left = false;
    for (const auto& queue : co_await outbox.lengths({})) left |= queue.waiting + queue.held > 0;
  }
}

void relay_all(DatabaseBroker& outbox, Broker& target) {
  run([](DatabaseBroker& from, Broker& to) -> Task<void> {
    auto relaying = relay(from, to);
    relaying.start();
    co_await drained(from);
  }(outbox, target));
}

}  // namespace

TEST_CASE("the outbox is moved as it was written, also what is not due yet") {
  Tables tables;
  Target target;
  auto late = outgoing("late");
  late.eta_us = base::clock_microseconds() + 3'600'000'000;
  enqueue(tables.engine, {outgoing("a", "default", 3), late, outgoing("b", "mail", 9)});
  relay_all(*tables.broker, *target.broker);
  CHECK(ids_of(take(*target.broker)) == Ids{"late", "a"});
  const auto mail = take(*target.broker, {"mail"});
  CHECK(ids_of(mail) == Ids{"b"});
  CHECK(mail.at(0).text == text_of("b"));
}

TEST_CASE("a commit is relayed at once") {
  Tables tables;
  Target target;
  const auto outbox = make_database_broker(tables.engine, {.poll_ms = 600'000});
  run([](Engine& engine, DatabaseBroker& from, Broker& to) -> Task<void> {
    auto relaying = relay(from, to);
    relaying.start();
    while ((co_await to.take({"default"}, 1, lease_ms)).empty()) {
      auto session = engine.session();
      enlist(session, outgoing("a"));
      co_await session.commit();
      co_await drained(from);
    }
  }(tables.engine, *outbox, *target.broker));
}

TEST_CASE("an outage of the broker is waited out, and the order kept") {
  Tables tables;
  Target target(false);
  std::vector<Outgoing> messages;
  Ids expected;
  for (int i = 0; i < 250; ++i) {
    messages.push_back(outgoing(std::to_string(i)));
    expected.push_back(std::to_string(i));
  }
  enqueue(tables.engine, messages);
  run([](DatabaseBroker& from, Broker& to, Target& repaired) -> Task<void> {
    auto relaying = relay(from, to);
    relaying.start();
    // It was tried and given back.
    while (true) {
      const auto listed = co_await from.list({}, 1);
      if (!listed.at(0).held) break;
      co_await sleep_for(1);
    }
    co_await sleep_for(1);
    co_await db::execute_all(
        repaired.engine, db::create_statements(metadata_with_tasks<>(), repaired.engine.dialect()));
    co_await drained(from);
  }(*tables.broker, *target.broker, target));
  CHECK(ids_of(take(*target.broker, {"default"}, 1000)) == expected);
}

TEST_CASE("a kill between sending and forgetting sends nothing twice") {
  FrozenTime clock(1'795'000'000'000'000);
  Tables tables;
  Target target;
  auto keyed = outgoing("keyed");
  keyed.idempotency_key = "order 1";
  enqueue(tables.engine, {outgoing("a"), keyed, outgoing("b")});
  run([](DatabaseBroker& from, Broker& to) -> Task<void> {
    std::vector<Outgoing> messages;
    for (auto& one : co_await from.take_outbox(2, lease_ms)) messages.push_back(one.message);
    CHECK(messages.size() == 2);
    co_await to.publish(std::move(messages));
    // The killed one holds its queue until its lease is over.
    CHECK((co_await from.take_outbox(10, lease_ms)).empty());
  }(*tables.broker, *target.broker));
  clock.advance_microseconds((lease_ms + 1) * 1000);
  relay_all(*tables.broker, *target.broker);
  CHECK(ids_of(take(*target.broker)) == Ids{"a", "keyed", "b"});
}

TEST_CASE("a queue that is held does not keep others waiting") {
  Tables tables;
  enqueue(tables.engine, {outgoing("a"), outgoing("b"), outgoing("c", "other")});
  CHECK(run(tables.broker->take_outbox(1, lease_ms)).size() == 1);
  const auto next = run(tables.broker->take_outbox(10, lease_ms));
  REQUIRE(next.size() == 1);
  CHECK(next[0].message.id == "c");
}

TEST_CASE("several relays at once keep the order and send each once") {
  Tables tables;
  Target target;
  std::vector<Outgoing> messages;
  Ids expected;
  for (int i = 0; i < 600; ++i) {
    messages.push_back(outgoing(std::to_string(i), i % 2 == 0 ? "default" : "other"));
    if (i % 2 == 0) expected.push_back(std::to_string(i));
  }
  enqueue(tables.engine, messages);
  on_threads(4, [&](int) {
    Engine engine(tables.database.url());
    Engine to(target.database.url());
    const auto from = make_database_broker(engine);
    const auto broker = make_database_broker(to);
    relay_all(*from, *broker);
  });
  CHECK(ids_of(take(*target.broker, {"default"}, 1000)) == expected);
  CHECK(take(*target.broker, {"other"}, 1000).size() == 300);
}

TEST_CASE("the outbox is relayed to Redis once, over a restart of it") {
  Tables tables;
  support::RedisServer server({.durable = true});
  const auto redis = make_redis_broker(server.url(), server.url());
  std::vector<Outgoing> messages;
  Ids expected;
  for (int i = 0; i < 120; ++i) {
    messages.push_back(outgoing(std::to_string(i)));
    expected.push_back(std::to_string(i));
  }
  enqueue(tables.engine, messages);
  // As a relay that was killed between sending and forgetting.
  run([](DatabaseBroker& from, Broker& to) -> Task<void> {
    std::vector<Outgoing> sent;
    std::vector<std::string> tags;
    for (auto& one : co_await from.take_outbox(50, lease_ms)) {
      sent.push_back(std::move(one.message));
      tags.push_back(std::move(one.tag));
    }
    co_await to.publish(std::move(sent));
    co_await from.give_back(std::move(tags));
  }(*tables.broker, *redis));
  server.kill();
  run([](DatabaseBroker& from, Broker& to, support::RedisServer& repaired) -> Task<void> {
    auto relaying = relay(from, to);
    relaying.start();
    // Until Redis was asked for, in vain.
    for (int held = 0; held == 0;) {
      co_await sleep_for(1);
      held = static_cast<int>((co_await from.lengths({"default"})).at(0).held);
    }
    repaired.start();
    co_await drained(from);
  }(*tables.broker, *redis, server));
  CHECK(ids_of(take(*redis, {"default"}, 1000)) == expected);
}
