// Many loops on many threads, sessions that are dropped at any moment, processes that are killed.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/loop.hpp"
#include "models.hpp"
#include "plinth/task.hpp"
#include "support/database.hpp"

using namespace models;
using support::by_engine;
using support::on_postgresql;
using support::Place;
using support::TestDatabase;

namespace {

struct Counter {
  static constexpr auto table = "counters";
  Column<std::int32_t, primary_key> id;
  Column<std::int64_t, defaults_to(0)> value;
};

constexpr int threads = 8;
constexpr int rounds = 25;

// Adds one by reading and writing, which is safe only from begin() to commit(), and where several
// may write, with the row locked.
Task<void> increment(Engine& engine) {
  auto session = engine.session();
  co_await session.begin();
  auto counter =
      co_await session.one(select<Counter>().where(col<&Counter::id> == 1).with_for_update());
  counter.value = *counter.value + 1;
  session.add(counter);
  co_await session.commit();
}

Task<void> register_once(Engine& engine, int number, std::atomic<int>& taken) {
  auto session = engine.session();
  session.add(
      User{.email = "user" + std::to_string(number) + "@example.com", .hashed_password = "x"});
  try {
    co_await session.commit();
  } catch (const IntegrityError&) {
    ++taken;
  }
}

Task<void> look(Engine& engine, std::atomic<int>& torn) {
  auto session = engine.session();
  auto counter = co_await session.one(select<Counter>().where(col<&Counter::id> == 1));
  auto twice = co_await session.scalar(text<std::int64_t>("SELECT sum(value) FROM counters"));
  if (*counter.value < 0 || !twice) ++torn;
}

void on_threads(auto function) {
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(function, i);
  for (auto& worker : workers) worker.join();
}

// PostgreSQL's files are its own affair.
std::string integrity(Engine& engine) {
  if (on_postgresql()) return "ok";
  return run([](Engine& on) -> Task<std::string> {
    auto session = on.session();
    co_return co_await session.one(text<std::string>("PRAGMA integrity_check"));
  }(engine));
}

}  // namespace

TEST_CASE("eight threads read and write one engine, and nothing is lost or doubled") {
  const TestDatabase database(Place::disk);
  Engine engine(database.url());
  create_all<User, Counter>(engine);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    session.add(Counter{});
    co_await session.commit();
  }(engine));

  std::atomic<int> taken{0};
  std::atomic<int> torn{0};
  on_threads([&](int) {
    for (int i = 0; i < rounds; ++i) {
      run(increment(engine));
      run(register_once(engine, i, taken));
      run(look(engine, torn));
    }
  });
  CHECK(torn == 0);
  CHECK(taken == (threads - 1) * rounds);
  run([](Engine& on) -> Task<void> {
    auto session = on.session();
    CHECK(*(co_await session.get<Counter>(1))->value == threads * rounds);
    CHECK(co_await session.one(select<User>(count())) == rounds);
  }(engine));
  CHECK(integrity(engine) == "ok");
}

TEST_CASE("a thousand sessions that are dropped leave the engine whole") {
  for (const auto place : {Place::memory, Place::disk}) {
    const TestDatabase database(place);
    Engine engine(database.url(), {.pool_timeout = Seconds{20}});
    create_all<Team>(engine);
    run([](Engine& on) -> Task<void> {
      for (int i = 0; i < 1000; ++i) {
        auto session = on.session();
        auto write = [](Session& with, int number) -> Task<void> {
          if (number % 2 == 0) co_await with.begin();
          with.add(Team{.name = "dropped " + std::to_string(number)});
          co_await with.flush();
          co_await sleep_for(1000);
        };
        auto task = write(session, i);
        task.start();
        // Some are dropped at once, some after the worker began, some in their transaction.
        if (i % 10 == 0) co_await sleep_for(i % 3);
      }
      auto session = on.session();
      session.add(Team{.name = "kept"});
      co_await session.commit();
      auto names = co_await session.all(select<Team>(col<&Team::name>));
      CHECK(names == std::vector<std::string>{"kept"});
    }(engine));
    CHECK(integrity(engine) == "ok");
  }
}

TEST_CASE("who waits for the writer is served in order, or told 503 in time") {
  const TestDatabase database(Place::disk);
  Engine engine(database.url(), {.pool_size = 1, .pool_timeout = Seconds{1}, .queue_limit = 2});
  create_all<Team>(engine);
  run([](Engine& on) -> Task<void> {
    auto holder = on.session();
    co_await holder.begin();

    std::vector<int> order;
    int refused = 0;
    auto wait = [&](int number) -> Task<void> {
      auto session = on.session();
      try {
        co_await session.begin();
        order.push_back(number);
        co_await session.rollback();
      } catch (const db::Unavailable&) {
        ++refused;
      }
    };
    auto& loop = base::Loop::current();
    loop.spawn(wait(1));
    loop.spawn(wait(2));
    loop.spawn(wait(3));  // the queue is full
    CHECK(refused == 1);
    co_await holder.rollback();
    while (order.size() < 2) co_await sleep_for(1);
    CHECK(order == std::vector<int>{1, 2});

    co_await holder.begin();
    loop.spawn(wait(4));
    while (refused < 2) co_await sleep_for(10);  // after a second
    CHECK(order.size() == 2);
    co_await holder.rollback();
    co_await wait(5);
    CHECK(order.back() == 5);
  }(engine));
}

TEST_CASE("a query that nobody waits for is stopped") {
  const TestDatabase database(Place::disk);
  Engine engine(database.url(), {.pool_size = 1});
  create_all<Team>(engine);
  run([](Engine& on) -> Task<void> {
    {
      auto session = on.session();
      auto endless = session.execute(
          text(by_engine("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
                         "count(*) FROM n",
                         "SELECT pg_sleep(3600)")));
      endless.start();
      co_await sleep_for(20);
    }
    auto session = on.session();
    CHECK(co_await session.one(select<Team>(count())) == 0);  // by the same connection
  }(engine));
}

// The child calls _exit or dies: nothing of the test framework runs in it.
TEST_CASE("kill -9 loses no commit that was answered") {
  for (int round = 0; round < 6; ++round) {
    const TestDatabase database(Place::disk);
    {
      Engine engine(database.url());
      create_all<Team>(engine);
    }
    std::array<int, 2> answers{};
    REQUIRE(::pipe(answers.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Engine engine(database.url());
      run([](Engine& on, int to) -> Task<void> {
        for (int number = 0;; ++number) {
          auto session = on.session();
          session.add(Team{.name = "t" + std::to_string(number)});
          session.add(Team{.name = "u" + std::to_string(number)});
          co_await session.commit();
          if (::write(to, &number, sizeof number) != sizeof number) ::_exit(1);
        }
      }(engine, answers[1]));
    }
    ::close(answers[1]);
    ::usleep(static_cast<useconds_t>(30'000 + 9'000 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    int answered = 0;
    int number = 0;
    while (::read(answers[0], &number, sizeof number) == sizeof number) answered = number + 1;
    ::close(answers[0]);

    Engine engine(database.url());
    CHECK(integrity(engine) == "ok");
    const auto rows = run([](Engine& on) -> Task<std::int64_t> {
      auto session = on.session();
      co_return co_await session.one(select<Team>(count()));
    }(engine));
    CHECK(rows % 2 == 0);  // whole transactions only
    CHECK(rows >= 2 * answered);
    CHECK(rows <= 2 * (answered + 1));
  }
}
