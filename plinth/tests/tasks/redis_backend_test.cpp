#include "tasks/redis_backend.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "redis/client.hpp"
#include "redis/log.hpp"
#include "support/redis.hpp"

using namespace plinth;
using namespace plinth::tasks;
using support::RedisServer;

namespace {

StoredResult meta(const std::string& id, const std::string& status, bool ready = true) {
  return {.id = id,
          .meta = R"({"status": ")" + status + R"(", "result": null, "task_id": ")" + id + "\"}",
          .ready = ready};
}

struct Setup {
  RedisServer server;
  std::shared_ptr<redis::Clients> clients =
      std::make_shared<redis::Clients>(redis::parse_url(server.url()));
  RedisBackend backend{clients, redis::parse_url(server.url())};
};

template <class Scenario>
void play(Setup& setup, Scenario scenario) {
  run(scenario(setup));
}

}  // namespace

TEST_CASE("a result is kept where Celery looks for it, and a success is not overwritten") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    CHECK(!co_await s.backend.meta("one"));
    co_await s.backend.store(meta("one", "PROGRESS", false));
    CHECK(co_await s.backend.meta("one") == meta("one", "PROGRESS").meta);
    co_await s.backend.store(meta("one", "SUCCESS"));
    co_await s.backend.store(meta("one", "FAILURE"));
    CHECK(s.server.ask({"GET", "celery-task-meta-one"}) == meta("one", "SUCCESS").meta + "\n");
    CHECK(s.server.ask({"TTL", "celery-task-meta-one"}).starts_with("86"));
    auto kept = meta("two", "FAILURE");
    kept.expires_seconds = 0;
    co_await s.backend.store(kept);
    CHECK(s.server.ask({"TTL", "celery-task-meta-two"}) == "-1\n");
    co_await s.backend.forget({"one", "two", "three"});
    co_await s.backend.forget({});
    CHECK(!co_await s.backend.meta("one"));
  });
}

TEST_CASE("who waits for a result hears of it, at once or when it comes") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.backend.store(meta("there", "REVOKED"));
    CHECK(co_await s.backend.wait("there", -1) == meta("there", "REVOKED").meta);
    auto first = s.backend.wait("one", -1);
    auto second = s.backend.wait("one", 60'000);
    auto dropped = s.backend.wait("one", -1);
    first.start();
    second.start();
    dropped.start();
    while (s.server.ask({"PUBSUB", "NUMSUB", "celery-task-meta-one"}).find('1') ==
           std::string::npos) {
      co_await sleep_for(1);
    }
    dropped = {};
    co_await s.backend.store(meta("one", "STARTED", false));
    co_await s.backend.store(meta("one", "FAILURE"));
    while (!first.done() || !second.done()) co_await sleep_for(1);
    CHECK(first.take() == meta("one", "FAILURE").meta);
    CHECK(second.take() == meta("one", "FAILURE").meta);
    while (s.server.ask({"PUBSUB", "NUMSUB", "celery-task-meta-one"}).find('1') !=
           std::string::npos) {
      co_await sleep_for(1);
    }
  });
}

TEST_CASE("a wait ends with its time") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.backend.store(meta("one", "STARTED", false));
    CHECK(!co_await s.backend.wait("one", 0));
    CHECK(!co_await s.backend.wait("one", 20));
  });
}

TEST_CASE("a result that came while Redis was away is found") {
  redis_test::Log log;
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    auto waiting = s.backend.wait("one", -1);
    waiting.start();
    while (s.server.ask({"PUBSUB", "NUMSUB", "celery-task-meta-one"}).find('1') ==
           std::string::npos) {
      co_await sleep_for(1);
    }
    s.server.kill();
    s.server.start();
    s.server.ask({"SET", "celery-task-meta-one", meta("one", "SUCCESS").meta});
    while (!waiting.done()) co_await sleep_for(1);
    CHECK(waiting.take() == meta("one", "SUCCESS").meta);
  });
}

TEST_CASE("groups are kept as Celery keeps them") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    CHECK(!co_await s.backend.group_meta("g"));
    co_await s.backend.save_group("g", R"({"result": []})", 60);
    CHECK(co_await s.backend.group_meta("g") == R"({"result": []})");
    CHECK(s.server.ask({"GET", "celery-taskset-meta-g"}) == "{\"result\": []}\n");
  });
}

TEST_CASE("the parts of a chord come together in order, a repeated one once") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    CHECK(!co_await s.backend.add_chord_part("g", 1, R"([1, "b", "SUCCESS", 2])"));
    co_await s.backend.set_chord_size("g", 3);
    CHECK(s.server.ask({"GET", "celery-taskset-meta-g.s"}) == "3\n");
    CHECK(!co_await s.backend.add_chord_part("g", 2, R"([1, "c", "SUCCESS", 3])"));
    CHECK(!co_await s.backend.add_chord_part("g", 1, R"([1, "b", "SUCCESS", 22])"));
    const auto parts = co_await s.backend.add_chord_part("g", 0, R"([1, "a", "SUCCESS", 1])");
    REQUIRE(parts);
    CHECK(parts->size() == 3);
    CHECK(parts->at(0) == R"([1, "a", "SUCCESS", 1])");
    CHECK(parts->at(1) == R"([1, "b", "SUCCESS", 22])");
    // Its sender died before the body was sent: it is complete again.
    CHECK(co_await s.backend.add_chord_part("g", 0, R"([1, "a", "SUCCESS", 1])"));
    CHECK(co_await s.backend.drop_chord("g"));
    CHECK(!co_await s.backend.drop_chord("g"));
  });
}

TEST_CASE("parts without an index, as Celery 5.2's, and added ones are counted") {
  Setup setup;
  play(setup, [](Setup& s) -> Task<void> {
    co_await s.backend.set_chord_size("g", 1);
    s.server.ask({"INCR", "celery-taskset-meta-g.t"});
    CHECK(!co_await s.backend.add_chord_part("g", -1, R"([1, "a", "SUCCESS", 1])"));
    const auto parts = co_await s.backend.add_chord_part("g", -1, R"([1, "b", "SUCCESS", 1])");
    REQUIRE(parts);
    CHECK(parts->size() == 2);
  });
}
