// Idempotent tasks: done once, however often they are run.
#include <doctest/doctest.h>

#include <optional>

#include "base/loop.hpp"
#include "setup.hpp"
#include "tasks/inbox.hpp"

using namespace setup;

namespace {

// A task as a worker runs it; returns the result, and how it came to it.
Task<std::string> run_once(Engine& engine, std::string result) {
  auto session = engine.session();
  const auto entry = co_await begin_once(session, "task 1");
  if (entry.done) co_return "before: " + entry.result;
  session.add(Order{.name = "by task 1, " + result});
  co_await session.flush();
  auto others = co_await finish_once(session, "task 1", result);
  if (!others.empty()) co_return "meanwhile: " + others;
  co_await session.commit();
  co_return result;
}

}  // namespace

TEST_CASE("what was done is not done again, and gives the same result") {
  Tables tables;
  CHECK(run(run_once(tables.engine, "1")) == "1");
  CHECK(run(run_once(tables.engine, "2")) == "before: 1");
  CHECK(orders(tables.engine) == 1);
}

TEST_CASE("what was rolled back is done again") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    const auto entry = co_await begin_once(session, "task 1");
    CHECK_FALSE(entry.done);
    session.add(Order{.name = "never"});
    co_await finish_once(session, "task 1", "0");
    co_await session.rollback();
  }(tables.engine));
  CHECK(run(run_once(tables.engine, "1")) == "1");
  CHECK(orders(tables.engine) == 1);
}

TEST_CASE("of two at once in a process the second waits, and finds it done") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    std::optional<InboxEntry> entry = co_await begin_once(session, "task 1");
    std::string second;
    base::Loop::current().spawn([](Engine& on, std::string& got) -> Task<void> {
      got = co_await run_once(on, "2");
    }(engine, second));
    std::string other_key;
    auto apart = engine.session();
    CHECK_FALSE((co_await begin_once(apart, "task 2")).done);
    CHECK(second.empty());

    session.add(Order{.name = "by the first"});
    CHECK((co_await finish_once(session, "task 1", "1")).empty());
    co_await session.commit();
    CHECK(second.empty());
    entry.reset();
    while (second.empty()) co_await sleep_for(1);
    CHECK(second == "before: 1");
  }(tables.engine));
  CHECK(orders(tables.engine) == 1);
}

TEST_CASE("who is dropped while it waits leaves the key to others") {
  Tables tables;
  run([](Engine& engine) -> Task<void> {
    auto session = engine.session();
    auto apart = engine.session();
    std::optional<InboxEntry> entry = co_await begin_once(session, "task 1");
    {
      auto waits = begin_once(apart, "task 1");
      waits.start();
      CHECK_FALSE(waits.done());
    }
    entry.reset();
    CHECK((co_await run_once(engine, "1")) == "1");
  }(tables.engine));
}

// Two processes, here two engines: neither knows what the other is at.
TEST_CASE("of two at once in two processes the slower one is undone") {
  Tables tables;
  Engine other(tables.database.url());
  run([](Engine& here, Engine& there) -> Task<void> {
    auto slow = there.session();
    const auto entry = co_await begin_once(slow, "task 1");
    CHECK_FALSE(entry.done);

    auto fast = here.session();
    fast.add(Order{.name = "fast"});
    CHECK((co_await finish_once(fast, "task 1", "1")).empty());
    co_await fast.flush();
    // The slow one comes to its end while the fast one has not committed: it waits for that.
    std::string others;
    base::Loop::current().spawn([](Session& session, std::string& got) -> Task<void> {
      session.add(Order{.name = "slow"});
      got = co_await finish_once(session, "task 1", "2");
      co_await session.commit();
    }(slow, others));
    co_await sleep_for(1);
    CHECK(others.empty());
    co_await fast.commit();
    while (others.empty()) co_await sleep_for(1);
    CHECK(others == "1");
  }(tables.engine, other));
  CHECK(orders(tables.engine) == 1);
}
