// session.enqueue's half in the database: a task is there exactly when its session has committed.
#include <doctest/doctest.h>

#include <stdexcept>

#include "base/loop.hpp"
#include "setup.hpp"

using namespace setup;

TEST_CASE("a task is seen by others when its session has committed, and not before") {
  Tables tables;
  run([](Engine& engine, Broker& broker) -> Task<void> {
    auto session = engine.session();
    session.add(Order{.name = "one"});
    enlist(session, outgoing("a"));
    enlist(session, outgoing("b"));
    CHECK((co_await broker.lengths({"default"})).at(0).waiting == 0);
    co_await session.flush();
    CHECK((co_await broker.lengths({"default"})).at(0).waiting == 0);
    co_await session.commit();
    CHECK((co_await broker.lengths({"default"})).at(0).waiting == 2);
  }(tables.engine, *tables.broker));
  CHECK(ids_of(take(*tables.broker)) == Ids{"a", "b"});
  CHECK(orders(tables.engine) == 1);
}

TEST_CASE("a session that only enqueues and commits sends") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    enlist(session, outgoing("a", "mail", 3));
    co_await session.commit();
    co_await session.commit();
    enlist(session, outgoing("b", "mail"));
    co_await session.commit();
  }(tables.engine));
  CHECK(ids_of(take(*tables.broker, {"mail"})) == Ids{"b", "a"});
}

TEST_CASE("what is rolled back is never sent") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    {
      auto session = engine.session();
      enlist(session, outgoing("rolled back"));
      co_await session.flush();
      co_await session.rollback();
      enlist(session, outgoing("rolled back before its flush"));
      co_await session.rollback();
      co_await session.commit();
      enlist(session, outgoing("dropped"));
      co_await session.flush();
    }
    auto session = engine.session();
    session.add(Order{.name = "one"});
    enlist(session, outgoing("before"));
    {
      auto savepoint = co_await session.begin_nested();
      enlist(session, outgoing("in a savepoint that is rolled back"));
      co_await session.flush();
      co_await savepoint.rollback();
    }
    {
      auto savepoint = co_await session.begin_nested();
      enlist(session, outgoing("in a savepoint that is dropped"));
      co_await session.flush();
    }
    {
      auto savepoint = co_await session.begin_nested();
      enlist(session, outgoing("in a savepoint"));
      co_await savepoint.commit();
    }
    co_await session.commit();
  }(tables.engine));
  CHECK(ids_of(take(*tables.broker)) == Ids{"before", "in a savepoint"});
}

TEST_CASE("a task goes with the transaction that fails") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto first = engine.session();
    first.add(Order{.name = "taken"});
    co_await first.commit();

    auto session = engine.session();
    enlist(session, outgoing("a"));
    session.add(Order{.name = "taken"});
    bool failed = false;
    try {
      co_await session.commit();
    } catch (const IntegrityError&) {
      failed = true;
    }
    CHECK(failed);
    enlist(session, outgoing("b"));
    co_await session.commit();
  }(tables.engine));
  CHECK(ids_of(take(*tables.broker)) == Ids{"b"});
}

TEST_CASE("a message that has no place in the table undoes what it came with") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    session.add(Order{.name = "one"});
    enlist(session, outgoing(std::string(256, 'x')));
    bool failed = false;
    try {
      co_await session.commit();
    } catch (const DataError&) {
      failed = true;
    }
    CHECK(failed);
    CHECK_THROWS_WITH_AS(enlist(session, outgoing("a", "")), "the task a has no queue",
                         std::invalid_argument);
    auto keyed = outgoing("a");
    keyed.idempotency_key = std::string(256, 'k');
    CHECK_THROWS_WITH_AS(enlist(session, keyed), "idempotency_key: 256 bytes; at most 255",
                         std::invalid_argument);
    co_await session.commit();
  }(tables.engine));
  CHECK(orders(tables.engine) == 0);
  CHECK(waiting(*tables.broker) == 0);
}

TEST_CASE("a commit wakes who waits, a rollback does not") {
  Tables tables;
  run([](Engine& engine, Broker& broker) -> Task<void> {
    co_await broker.take({"default"}, 1, lease_ms);
    Ids woken;
    auto wait = [](Broker& on, Ids& by) -> Task<void> {
      co_await on.wait({"default"}, 600'000);
      by.emplace_back("a commit");
    }(broker, woken);
    wait.start();
    auto session = engine.session();
    enlist(session, outgoing("a"));
    co_await session.flush();
    co_await session.rollback();
    enlist(session, outgoing("b", "other"));
    co_await session.commit();
    // What the loop was told runs before what it is told now.
    bool passed = false;
    base::Loop::current().post([&] { passed = true; });
    while (!passed) co_await sleep_for(0);
    CHECK(woken.empty());
    enlist(session, outgoing("c"));
    co_await session.commit();
    while (woken.empty()) co_await sleep_for(1);
  }(tables.engine, *make_database_broker(tables.engine, {.poll_ms = 600'000})));
}

TEST_CASE("a repeat in a session is dropped without harm to its transaction") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    const auto keyed = [](const char* id) {
      auto message = outgoing(id);
      message.idempotency_key = "welcome 7";
      return message;
    };
    auto session = engine.session();
    enlist(session, keyed("rolled back"));
    co_await session.flush();
    co_await session.rollback();
    enlist(session, keyed("first"));
    co_await session.commit();
    session.add(Order{.name = "one"});
    enlist(session, keyed("second"));
    enlist(session, outgoing("without a key"));
    co_await session.commit();
  }(tables.engine));
  CHECK(ids_of(take(*tables.broker)) == Ids{"first", "without a key"});
  CHECK(orders(tables.engine) == 1);
}
