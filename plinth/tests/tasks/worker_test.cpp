// A worker on the application's own database: what it runs, holds, hands back and gives up.
#include "tasks/worker.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/loop.hpp"
#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "support/database.hpp"
#include "tasks/celery.hpp"

namespace {

using namespace plinth;
using namespace plinth::literals;
using support::TestDatabase;

// What tasks did, and doors that they wait at.
struct Ledger {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> lines;
  bool open = false;

  void write(std::string line) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::move(line));
    changed.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    REQUIRE(
        changed.wait_for(lock, std::chrono::seconds(30), [&] { return lines.size() >= count; }));
  }
  void open_the_door() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  std::size_t count(std::string_view line) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::ranges::count(lines, line));
  }
};
using LedgerPointer = std::shared_ptr<Ledger>;

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
std::int64_t total(std::vector<std::int64_t> numbers) {
  std::int64_t all = 0;
  for (const auto number : numbers) all += number;
  return all;
}
void note(std::string line, const LedgerPointer& ledger) { ledger->write(std::move(line)); }
void explode(std::string text) { throw std::invalid_argument(text); }
// Ends when it is stopped.
Task<void> linger(std::string line, const LedgerPointer& ledger) {
  struct Trace {
    ~Trace() { ledger->write(line + " ended"); }
    std::string line;
    LedgerPointer ledger;
  };
  const Trace trace{line, ledger};
  ledger->write(line);
  co_await sleep_for(600'000);
}
// Neither waits nor ends, until the door opens.
void spin(const LedgerPointer& of_app) {
  of_app->write("spin");
  // The application may be gone when the door opens.
  [](LedgerPointer ledger) {
    std::unique_lock lock(ledger->mutex);
    ledger->changed.wait(lock, [&] { return ledger->open; });
  }(of_app);
}
Task<std::int64_t> twice(TaskContext& self) {
  if (self.request().retries == 0) throw self.retry({.countdown = 0});
  co_await self.update_state("PROGRESS", Json::object({{"done", 1}}));
  co_return self.request().retries;
}
Task<std::string> insert(std::string name, Session& session) {
  co_await session.execute(
      text("INSERT INTO plinth_beat (name, last_run_us, total_run_count) "
           "VALUES (" +
           ("'" + name + "'") + ", 0, 0)"));
  if (name == "bad") throw std::runtime_error("after the insert");
  co_return name;
}

inline constexpr auto add = shared_task<sum>({.name = "add", .parameters = {"x", "y"}});
inline constexpr auto tsum = shared_task<total>({.name = "tsum"});
inline constexpr auto jot = shared_task<note>({.name = "jot"});
inline constexpr auto jot_early = shared_task<note>({.name = "jot_early", .acks_late = false});
inline constexpr auto fail = shared_task<explode>({.name = "fail"});
inline constexpr auto hang = shared_task<linger>({.name = "hang"});
inline constexpr auto brief = shared_task<linger>({.name = "brief", .time_limit = 0.1});
inline constexpr auto soft = shared_task<linger>({.name = "soft", .soft_time_limit = 0.1});
inline constexpr auto stuck = shared_task<spin>({.name = "stuck", .time_limit = 0.1});
inline constexpr auto retried = shared_task<twice>({.name = "retried"});
inline constexpr auto inserts = shared_task<insert>({.name = "inserts"});
inline constexpr auto once = shared_task<insert>({.name = "once", .idempotent = true});
inline constexpr auto only_sent = shared_task<sum>({.name = "only_sent"});

class Fixture {
 public:
  explicit Fixture(CeleryOptions options = {}) : engine_(database_.url()) {
    create_all(engine_, metadata_with_tasks<>());
    app_.provide(ledger_);
    app_.provide(Celery("app", engine_, std::move(options)));
    celery().register_tasks(add, tsum, jot, jot_early, fail, hang, brief, soft, stuck, retried,
                            inserts, once);
    init_celery(app_);
  }

  Celery& celery() { return app_.provided<Celery>(); }
  Ledger& ledger() { return *ledger_; }
  Engine& engine() { return engine_; }

  /// Works on this thread until what is there is done.
  void work() {
    tasks::Worker worker(celery().impl(), {.once = true});
    run(worker.run());
  }
  Json meta(const std::string& id) { return run(celery().async_result(id).meta()); }
  std::size_t waiting() { return run(celery().impl().broker->list({}, 1000)).size(); }
  std::vector<tasks::DeadLetter> dead() { return run(celery().impl().broker->dead_letters(1000)); }
  void put(std::string text, std::string queue = "celery") {
    std::vector<tasks::Outgoing> one{
        {.id = "raw", .queue = std::move(queue), .text = std::move(text)}};
    run(celery().impl().broker->publish(std::move(one)));
  }

 private:
  TestDatabase database_;
  LedgerPointer ledger_ = std::make_shared<Ledger>();
  Engine engine_;
  App app_{AppOptions{}};
};

// A worker on a thread of its own.
class Working {
 public:
  Working(Fixture& fixture, tasks::WorkerOptions options)
      : worker_(fixture.celery().impl(), std::move(options)) {
    thread_ = std::thread([this] {
      base::Loop loop;
      auto running = worker_.run();
      loop.run_until_done(running);
      loop.cancel_spawned();
    });
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() { end(); }

  tasks::Worker& worker() { return worker_; }
  void stop() { worker_.stop(); }
  void end() {
    if (!thread_.joinable()) return;
    worker_.stop();
    worker_.stop();
    thread_.join();
  }
  void join() { thread_.join(); }

 private:
  tasks::Worker worker_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a task that is sent runs, and its result is there for who asks") {
  Fixture fixture;
  auto result = run(add.delay(2, 3));
  fixture.work();
  CHECK(run(result.get({.timeout = 5})) == 5);
  CHECK(run(result.state()) == "SUCCESS");
  CHECK(fixture.waiting() == 0);
}

TEST_CASE("a failed task throws its error where its result is asked for") {
  Fixture fixture;
  auto result = run(fail.delay("bad"));
  fixture.work();
  CHECK(run(result.state()) == "FAILURE");
  CHECK_THROWS_WITH_AS(run(result.get({.timeout = 5})), "ValueError: bad", TaskError);
}

TEST_CASE("a chain hands results on, and its result is the last one's") {
  Fixture fixture;
  auto result = run(chain(add.s(1, 2), add.s(3), add.s(4)).delay());
  fixture.work();
  CHECK(run(result.get({.timeout = 5})) == Json(10));
}

TEST_CASE("who waits for a chain is told when a task before failed") {
  Fixture fixture;
  auto result = run(chain(add.s(1, 2), Signature("fail", Json::array({})), add.s(4)).delay());
  fixture.work();
  CHECK_THROWS_AS(run(result.get({.timeout = 5})), TaskError);
}

TEST_CASE("a chord's body gets all results in order") {
  Fixture fixture;
  auto result = run(chord({add.s(1, 2), add.s(3, 4), add.s(5, 6)}, tsum.s()).delay());
  fixture.work();
  CHECK(run(result.get({.timeout = 5})) == Json(21));
}

TEST_CASE("a chord with a failed part fails, and says which") {
  Fixture fixture;
  auto result = run(chord({add.s(1, 2), fail.s("bad")}, tsum.s()).delay());
  fixture.work();
  CHECK_THROWS_WITH_AS(run(result.get({.timeout = 5})),
                       doctest::Contains("raised ValueError('bad')"), TaskError);
}

TEST_CASE("a group gives the results of its tasks, and may be found again") {
  Fixture fixture;
  auto result = run(group(add.s(1, 2), add.s(3, 4)).delay());
  run(result.save());
  fixture.work();
  CHECK(run(result.get({.timeout = 5})) == std::vector<Json>{3, 7});
  auto again = run(GroupResult::restore(fixture.celery(), result.id()));
  REQUIRE(again.has_value());
  CHECK(run(again->completed_count()) == 2);
}

TEST_CASE("callbacks are called with the result, errbacks with the failed task's id") {
  Fixture fixture;
  run(add.apply_async({1, 2}, {.task_id = "a", .link = {jot.si("linked")}}));
  run(fail.apply_async({"bad"}, {.task_id = "b", .link_error = {jot.s()}}));
  fixture.work();
  CHECK(fixture.ledger().count("linked") == 1);
  CHECK(fixture.ledger().count("b") == 1);
  CHECK(fixture.meta("a")["children"].size() == 1);
}

TEST_CASE("a retry is the same task again, with its retries counted") {
  Fixture fixture;
  auto result = run(retried.delay());
  fixture.work();
  CHECK(run(result.get({.timeout = 5})) == 1);
}

TEST_CASE("a message for later stays in the database until then") {
  Fixture fixture;
  run(jot.apply_async({"later"}, {.countdown = 3600}));
  fixture.work();
  CHECK(fixture.ledger().count("later") == 0);
  CHECK(fixture.waiting() == 1);
}

TEST_CASE("a message that came too late is not run") {
  Fixture fixture;
  auto result =
      run(jot.apply_async({"late"}, {.expires_at = DateTime::parse("2020-01-01T00:00:00Z")}));
  fixture.work();
  CHECK(fixture.ledger().count("late") == 0);
  CHECK(run(result.state()) == "REVOKED");
  CHECK_THROWS_WITH_AS(run(result.get({.timeout = 5})), "TaskRevokedError: expired",
                       TaskRevokedError);
}

TEST_CASE("a task of an unknown name fails and is a dead letter, and may be sent back") {
  Fixture fixture;
  auto result = run(only_sent.delay(1, 2));
  fixture.work();
  CHECK(run(result.info())["exc_type"] == Json("NotRegistered"));
  auto dead = fixture.dead();
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].reason == "unknown task");
  CHECK(dead[0].task == "only_sent");
  CHECK(run(fixture.celery().impl().broker->revive(result.id())));
  CHECK(fixture.waiting() == 1);
}

TEST_CASE("what is no message is a dead letter, and the worker works on") {
  Fixture fixture;
  fixture.put("{}");
  fixture.put("nonsense");
  run(jot.delay("after"));
  fixture.work();
  CHECK(fixture.ledger().count("after") == 1);
  CHECK(fixture.dead().size() == 2);
}

TEST_CASE("a task whose session fails leaves nothing, one that returns is committed") {
  Fixture fixture;
  auto good = run(inserts.delay("good"));
  auto bad = run(inserts.delay("bad"));
  fixture.work();
  CHECK(run(good.successful()));
  CHECK(run(bad.failed()));
  auto session = fixture.engine().session();
  auto rows = run(session.all(select<TaskBeat>()));
  REQUIRE(rows.size() == 1);
  CHECK(*rows[0].name == "good");
}

TEST_CASE("an idempotent task does its work once, however often it is delivered") {
  Fixture fixture;
  run(once.apply_async({"x"}, {.task_id = "same"}));
  run(once.apply_async({"x"}, {.task_id = "same"}));
  fixture.work();
  CHECK(fixture.meta("same")["status"] == Json("SUCCESS"));
  CHECK(fixture.meta("same")["result"] == Json("x"));
}

TEST_CASE("a second call with the same idempotency key is the first one") {
  Fixture fixture;
  auto first = run(jot.apply_async({"key"}, {.idempotency_key = "k"}));
  auto second = run(jot.apply_async({"key"}, {.idempotency_key = "k"}));
  fixture.work();
  CHECK(first.id() == second.id());
  CHECK(fixture.ledger().count("key") == 1);
}

TEST_CASE("a task that is enqueued in a session is sent when it commits, and only then") {
  Fixture fixture;
  {
    auto session = fixture.engine().session();
    session.enqueue(jot, "rolled back");
    run(session.flush());
    run(session.rollback());
    session.enqueue(jot, "committed");
    run(session.commit());
  }
  fixture.work();
  CHECK(fixture.ledger().count("committed") == 1);
  CHECK(fixture.ledger().count("rolled back") == 0);
}

TEST_CASE("a task that is acknowledged early still has its result") {
  Fixture fixture;
  auto result = run(jot_early.delay("early"));
  fixture.work();
  CHECK(run(result.state()) == "SUCCESS");
  CHECK(fixture.waiting() == 0);
}

TEST_CASE("a task over its time limit is ended where it waits") {
  Fixture fixture;
  auto hard = run(brief.delay("hard"));
  auto mild = run(soft.delay("mild"));
  fixture.work();
  CHECK(
      run(hard.info()) ==
      R"({"exc_type": "TimeLimitExceeded", "exc_message": [0.1], "exc_module": "billiard.exceptions"})"_json);
  CHECK(run(mild.info())["exc_type"] == Json("SoftTimeLimitExceeded"));
  CHECK(fixture.ledger().count("hard ended") == 1);
}

TEST_CASE("a task that neither waits nor ends costs its thread, not the worker") {
  Fixture fixture;
  auto result = run(stuck.delay());
  run(jot.delay("after"));
  fixture.work();
  CHECK(run(result.info())["exc_type"] == Json("TimeLimitExceeded"));
  CHECK(fixture.ledger().count("after") == 1);
  fixture.ledger().open_the_door();
}

TEST_CASE("a revoked task is not run; one that runs is ended when it is terminated") {
  Fixture fixture;
  Working working(fixture, {.concurrency = 1, .executors = 1});
  auto running = run(hang.delay("running"));
  fixture.ledger().wait_for(1);
  auto waiting = run(jot.delay("never"));
  auto& worker = working.worker();
  base::LoopAddress address = worker.address();
  address.post([&worker, ids = std::vector{waiting.id()}] { worker.revoke(ids, false); });
  address.post([&worker, ids = std::vector{running.id()}] { worker.revoke(ids, true); });
  CHECK_THROWS_WITH_AS(run(running.get({.timeout = 30})), "TaskRevokedError: terminated",
                       TaskRevokedError);
  CHECK_THROWS_WITH_AS(run(waiting.get({.timeout = 30})), "TaskRevokedError: revoked",
                       TaskRevokedError);
  CHECK(fixture.ledger().count("never") == 0);
}

TEST_CASE("a worker that is stopped twice hands back what runs, uncounted") {
  Fixture fixture;
  {
    Working working(fixture, {.concurrency = 1, .executors = 1});
    run(hang.delay("handed back"));
    fixture.ledger().wait_for(1);
  }
  CHECK(fixture.ledger().count("handed back ended") == 1);
  auto deliveries = run(fixture.celery().impl().broker->take({}, 10, 10'000));
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].deliveries == 1);
}

TEST_CASE("a worker that is stopped twice does not wait for a task that never ends") {
  Fixture fixture;
  {
    Working working(fixture, {.concurrency = 1, .executors = 1});
    run(stuck.apply_async({}, {.time_limit = 600}));
    fixture.ledger().wait_for(1);
  }
  CHECK(run(fixture.celery().impl().broker->take({}, 10, 10'000)).size() == 1);
  CHECK(fixture.celery().impl().leaked);
  fixture.ledger().open_the_door();
}

TEST_CASE("a worker that is stopped lets what runs end, and hands back what waits") {
  Fixture fixture;
  Working working(fixture, {.concurrency = 1, .executors = 1});
  auto first = run(stuck.apply_async({}, {.time_limit = 60}));
  fixture.ledger().wait_for(1);
  run(jot.delay("second"));
  working.stop();
  fixture.ledger().open_the_door();
  working.join();
  CHECK(run(first.state()) == "SUCCESS");
  CHECK(fixture.ledger().count("second") == 0);
  CHECK(fixture.waiting() == 1);
}

TEST_CASE("a message whose workers died too often is a dead letter") {
  Fixture fixture({.task_max_deliveries = 2});
  auto result = run(jot.delay("poison"));
  auto& broker = *fixture.celery().impl().broker;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(run(broker.take({}, 1, 0)).size() == 1);  // and dies: its lease is over at once
    run(broker.restore());
  }
  fixture.work();
  CHECK(fixture.ledger().count("poison") == 0);
  CHECK(run(result.info())["exc_type"] == Json("WorkerLostError"));
  CHECK(fixture.dead().size() == 1);
}

TEST_CASE("eager tasks run where they are called, with all that follows them") {
  Fixture fixture({.task_always_eager = true});
  auto result = run(chain(add.s(1, 2), add.s(3)).delay());
  CHECK(run(result.get({.timeout = 0})) == Json(6));
  auto both = run(chord({add.s(1, 2), add.s(3, 4)}, tsum.s()).delay());
  CHECK(run(both.get({.timeout = 0})) == Json(10));
}

TEST_CASE("a rate limit is read as Celery's") {
  CHECK(tasks::parse_rate_limit("10/s") == 10);
  CHECK(tasks::parse_rate_limit("90/m") == 1.5);
  CHECK(tasks::parse_rate_limit("36/h") == 0.01);
  CHECK(tasks::parse_rate_limit("") == 0);
  CHECK_THROWS_WITH_AS(tasks::parse_rate_limit("10/d"),
                       "rate limit \"10/d\": write it as \"10/s\", \"100/m\" or \"1000/h\"",
                       std::invalid_argument);
}

TEST_CASE("without a broker a task that waits is taken out of the database when it is revoked") {
  Fixture fixture;
  auto result = run(jot.delay("never"));
  run(result.revoke());
  fixture.work();
  CHECK(fixture.ledger().count("never") == 0);
  CHECK_THROWS_WITH_AS(run(result.get({.timeout = 5})), "TaskRevokedError: revoked",
                       TaskRevokedError);
}
