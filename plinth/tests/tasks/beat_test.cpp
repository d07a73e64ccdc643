// Beat on Redis and on the application's database: each run is sent once, whoever sends it.
#include "tasks/beat.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "plinth/app.hpp"
#include "plinth/session.hpp"
#include "plinth/task_tables.hpp"
#include "plinth/tasks.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"
#include "support/redis.hpp"
#include "tasks/message.hpp"

using namespace plinth;
using namespace plinth::tasks;

namespace {

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
inline constexpr auto add = shared_task<sum>({.name = "add"});

class OnRedis {
 public:
  Celery celery() { return Celery("app", {.broker_url = server_.url()}); }
  std::unique_ptr<BeatStore> store(Celery& of) { return make_redis_beat_store(of.impl()); }
  /// As when who led has died.
  void forget_leader() { server_.ask({"DEL", "plinth.beat.app.leader"}); }

 private:
  support::RedisServer server_;
};

class OnDatabase {
 public:
  OnDatabase() { create_all(engine_, metadata_with_tasks<>()); }
  Celery celery() { return Celery("app", engine_); }
  std::unique_ptr<BeatStore> store(Celery&) { return make_database_beat_store(engine_); }
  void forget_leader() {}

 private:
  support::TestDatabase database_;
  Engine engine_{database_.url()};
};

std::size_t sent(Celery& celery) {
  return run(celery.impl().broker->list({"celery"}, 1000)).size();
}

DateTime last_run(BeatStore& store, const std::string& entry) {
  const auto runs = run(store.last_runs());
  const auto found = runs.find(entry);
  REQUIRE(found != runs.end());
  return {found->second};
}

}  // namespace

TEST_CASE_TEMPLATE("an entry is sent when it is due, first after its interval", Place, OnRedis,
                   OnDatabase) {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Place place;
  auto celery = place.celery();
  celery.add_periodic_task("often", every(10), add.s(1, 2));
  Beat beat(celery.impl(), place.store(celery));
  run(beat.tick());
  CHECK(sent(celery) == 0);
  clock.advance_seconds(9);
  CHECK(run(beat.tick()) == 500);
  CHECK(sent(celery) == 0);
  clock.advance_seconds(1);
  run(beat.tick());
  CHECK(sent(celery) == 1);
  run(beat.tick());
  CHECK(sent(celery) == 1);
  const auto waiting = run(celery.impl().broker->list({"celery"}, 10));
  const auto message = std::get<Message>(decode(waiting.at(0).text));
  CHECK(message.task == "add");
  CHECK(message.args == "[1, 2]");
}

TEST_CASE_TEMPLATE("runs that were missed are made up for by one", Place, OnRedis, OnDatabase) {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Place place;
  auto celery = place.celery();
  celery.add_periodic_task("often", every(10), add.s(1, 2));
  celery.add_periodic_task("hourly", crontab({.minute = "30"}), add.s(1, 2));
  run(Beat(celery.impl(), place.store(celery)).tick());
  place.forget_leader();
  clock.advance_seconds(86'400);
  Beat back(celery.impl(), place.store(celery));
  run(back.tick());
  CHECK(sent(celery) == 2);
  run(back.tick());
  CHECK(sent(celery) == 2);
}

TEST_CASE_TEMPLATE("two who believe to lead send a run once, and lose none", Place, OnRedis,
                   OnDatabase) {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Place place;
  auto celery = place.celery();
  celery.add_periodic_task("often", every(10), add.s(1, 2));
  Beat first(celery.impl(), place.store(celery));
  Beat second(celery.impl(), place.store(celery));
  std::size_t runs = 0;
  for (int i = 0; i < 20; ++i) {
    place.forget_leader();
    run(first.tick());
    place.forget_leader();
    run(second.tick());
    CHECK(sent(celery) == runs);
    clock.advance_seconds(10);
    ++runs;
    // Who comes first changes, and the other still knows the old last run.
    place.forget_leader();
    run((i % 2 == 0 ? first : second).tick());
    place.forget_leader();
    run((i % 2 == 0 ? second : first).tick());
    CHECK(sent(celery) == runs);
  }
}

TEST_CASE_TEMPLATE("an entry that is gone from the code is forgotten", Place, OnRedis, OnDatabase) {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Place place;
  auto before = place.celery();
  before.add_periodic_task("old", every(10), add.s(1, 2));
  before.add_periodic_task("kept", every(10), add.s(1, 2));
  run(Beat(before.impl(), place.store(before)).tick());
  place.forget_leader();
  clock.advance_seconds(5);
  auto after = place.celery();
  after.add_periodic_task("kept", every(60), add.s(1, 2));
  run(Beat(after.impl(), place.store(after)).tick());
  auto store = place.store(after);
  CHECK(run(store->last_runs()).size() == 1);
  CHECK(last_run(*store, "kept") == DateTime::parse("2026-01-02T03:04:05Z"));
}

TEST_CASE_TEMPLATE("the last run moves on and the message is sent, or neither", Place, OnRedis,
                   OnDatabase) {
  Place place;
  auto celery = place.celery();
  auto store = place.store(celery);
  run(store->begin({"entry"}, 100));
  run(store->begin({"entry"}, 200));
  CHECK(last_run(*store, "entry").microseconds == 100);
  const std::vector<Outgoing> one = {
      {.id = "1",
       .queue = "celery",
       .priority = 9,
       .text = encode({.task = "add", .id = "1", .queue = "celery", .priority = 9})}};
  CHECK_FALSE(run(store->advance("entry", 99, 300, one)));
  CHECK_FALSE(run(store->advance("other", 100, 300, one)));
  CHECK(sent(celery) == 0);
  CHECK(run(store->advance("entry", 100, 300, one)));
  CHECK(sent(celery) == 1);
  CHECK(last_run(*store, "entry").microseconds == 300);
}

TEST_CASE("one of several leads; the others do nothing until it is gone") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  OnRedis place;
  auto celery = place.celery();
  celery.add_periodic_task("often", every(10), add.s(1, 2));
  Beat leader(celery.impl(), place.store(celery));
  Beat other(celery.impl(), place.store(celery));
  run(leader.tick());
  clock.advance_seconds(10);
  run(other.tick());
  CHECK(sent(celery) == 0);
  run(leader.tick());
  CHECK(sent(celery) == 1);
  place.forget_leader();
  clock.advance_seconds(10);
  run(other.tick());
  CHECK(sent(celery) == 2);
  run(leader.tick());
  CHECK(sent(celery) == 2);
}

TEST_CASE("beat goes on when Redis was away") {
  support::RedisServer server({.durable = true});
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  Celery celery("app", {.broker_url = server.url()});
  celery.add_periodic_task("often", every(10), add.s(1, 2));
  Beat beat(celery.impl(), make_redis_beat_store(celery.impl()));
  run(beat.tick());
  server.kill();
  clock.advance_seconds(10);
  CHECK_THROWS_AS(run(beat.tick()), HttpError);
  server.start();
  run(beat.tick());
  CHECK(sent(celery) == 1);
  CHECK(run(beat.tick()) > 0);
  CHECK(sent(celery) == 1);
}

TEST_CASE("an entry that cannot be sent is left out, and the others are sent") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  OnRedis place;
  auto celery = place.celery();
  Signature broken("celery.chain", Json::array({}));
  broken.subtask_type = "chain";
  celery.add_periodic_task("broken", every(10), broken);
  celery.add_periodic_task("good", every(10), add.s(1, 2));
  Beat beat(celery.impl(), place.store(celery));
  run(beat.tick());
  clock.advance_seconds(10);
  run(beat.tick());
  CHECK(sent(celery) == 1);
}

TEST_CASE("a chord may be sent by the schedule") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  OnRedis place;
  auto celery = place.celery();
  celery.add_periodic_task("all", every(10), chord({add.s(1, 2), add.s(3, 4)}, add.s(5)));
  Beat beat(celery.impl(), place.store(celery));
  run(beat.tick());
  clock.advance_seconds(10);
  run(beat.tick());
  CHECK(sent(celery) == 2);
}
