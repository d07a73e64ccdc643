// Remote control and events of a worker, as who asks and who listens see them.
#include "tasks/control.hpp"

#include <algorithm>

#include "live_worker.hpp"
#include "plinth/testing.hpp"
#include "tasks/control_commands.hpp"
#include "tasks/python_text.hpp"

using namespace plinth;
using namespace plinth::tasks_test;

namespace {

std::int64_t sum(std::int64_t x, std::int64_t y) { return x + y; }
Task<void> linger() { co_await sleep_for(600'000); }
void explode() { throw TaskError("ValueError", "bad"); }

inline constexpr auto add = shared_task<sum>({.name = "add"});
inline constexpr auto hang = shared_task<linger>({.name = "hang"});
inline constexpr auto fail = shared_task<explode>({.name = "fail"});
inline constexpr auto limited = shared_task<sum>({.name = "limited", .rate_limit = "10/m"});

struct Fixture : Redis {
  explicit Fixture(CeleryOptions options = {}) : Redis(std::move(options)) {
    celery().register_tasks(add, hang, fail, limited);
  }
};

// The answer of w1, or null.
Task<Json> answer_of(Redis& redis, std::string method, Json arguments = Json::object({})) {
  tasks::ControlRequest request{
      .method = std::move(method), .arguments = std::move(arguments), .destination = {"w1@here"}};
  tasks::AskOptions options{.timeout_ms = 20'000, .limit = 1};
  auto answers =
      co_await tasks::ask(redis::parse_url(redis.server.url()), std::move(request), options);
  co_return answers.size() == 0 ? Json() : answers.members().front().second;
}

Json ok(std::string text) { return Json::object({{"ok", std::move(text)}}); }

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.members()) keys.push_back(key);
  return keys;
}

// Everything that is told on the channels of events.
class Listener {
 public:
  explicit Listener(const std::string& url)
      : subscriber_(
            redis::parse_url(url), [this](redis::Message& message) { take(message); }, [] {}) {
    subscriber_.subscribe_pattern("/0.celeryev/*");
  }
  Task<void> ready() { co_await subscriber_.ready(); }

  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        events, [&](const Json& event) { return event["type"] == Json(type); }));
  }
  const Json& first(std::string_view type) const {
    const auto found = std::ranges::find_if(
        events, [&](const Json& event) { return event["type"] == Json(type); });
    REQUIRE(found != events.end());
    return *found;
  }

  std::vector<Json> events;
  std::vector<std::string> channels;

 private:
  void take(const redis::Message& message) {
    const auto envelope = tasks::decode_envelope(message.payload.text);
    REQUIRE(envelope);
    channels.push_back(message.channel);
    const auto body = Json::parse(envelope->body);
    if (!body.is_array()) return events.push_back(body);
    for (const auto& event : body.items()) events.push_back(event);
  }

  redis::Subscriber subscriber_;
};

}  // namespace

TEST_CASE("an idle worker answers what celery inspect asks, in Celery's shapes") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    CHECK(co_await answer_of(redis, "ping") == ok("pong"));
    CHECK(co_await answer_of(redis, "active") == Json::array({}));
    CHECK(co_await answer_of(redis, "reserved") == Json::array({}));
    CHECK(co_await answer_of(redis, "scheduled") == Json::array({}));
    CHECK(co_await answer_of(redis, "revoked") == Json::array({}));
    CHECK(
        co_await answer_of(redis, "registered") ==
        Json::array({Json("add"), Json("fail"), Json("hang"), Json("limited [rate_limit=10/m]")}));
    const auto queues = co_await answer_of(redis, "active_queues");
    REQUIRE(queues.size() == 1);
    CHECK(queues[0]["name"] == Json("celery"));
    CHECK(queues[0]["exchange"]["type"] == Json("direct"));
    const auto stats = co_await answer_of(redis, "stats");
    CHECK(keys_of(stats) == std::vector<std::string>{"total", "pid", "clock", "uptime", "pool",
                                                     "broker", "prefetch_count", "rusage"});
    CHECK(stats["pool"]["max-concurrency"] == Json(2));
    CHECK(stats["clock"].is_string());
    CHECK((co_await answer_of(redis, "clock"))["clock"].integer() > 0);
    CHECK((co_await answer_of(redis, "conf"))["task_default_queue"] == Json("celery"));
    CHECK((co_await answer_of(redis, "report"))["ok"].str().starts_with("\nsoftware -> plinth:"));
    CHECK((co_await answer_of(redis, "memsample")).str().ends_with("MB"));
    CHECK(co_await answer_of(redis, "query_task", R"({"ids": ["x"]})"_json) == Json::object({}));
  });
}

TEST_CASE("running, reserved and scheduled tasks are shown") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    for (const char* id : {"a", "b", "c"}) co_await hang.apply_async({}, {.task_id = id});
    co_await add.apply_async({1, 2}, {.countdown = 3600, .task_id = "later"});
    co_await until([&] {
      return live.worker.active().size() == 2 && live.worker.reserved().size() == 1 &&
             live.worker.scheduled().size() == 1;
    });
    const auto active = co_await answer_of(redis, "active");
    REQUIRE(active.size() == 2);
    CHECK(keys_of(active[0]) == std::vector<std::string>{"id", "name", "args", "kwargs", "type",
                                                         "hostname", "time_start", "acknowledged",
                                                         "delivery_info", "worker_pid"});
    CHECK(active[0]["time_start"].number() > 1e9);
    CHECK(active[0]["delivery_info"]["routing_key"] == Json("celery"));
    const auto reserved = co_await answer_of(redis, "reserved");
    REQUIRE(reserved.size() == 1);
    CHECK(reserved[0]["time_start"].is_null());
    const auto scheduled = co_await answer_of(redis, "scheduled");
    REQUIRE(scheduled.size() == 1);
    CHECK(scheduled[0]["request"]["id"] == Json("later"));
    CHECK(scheduled[0]["request"]["args"] == "[1, 2]"_json);
    CHECK(scheduled[0]["eta"].str().ends_with("+00:00"));
    const auto found = co_await answer_of(redis, "query_task",
                                          Json::object({{"ids", Json::array({active[0]["id"]})}}));
    CHECK(found[active[0]["id"].str()][0] == Json("active"));
  });
}

TEST_CASE("a revoked task that waits is not run, one that runs is stopped when that is asked") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    CHECK(co_await answer_of(redis, "revoke", R"({"task_id": "early"})"_json) ==
          ok("tasks early flagged as revoked"));
    auto early = co_await add.apply_async({1, 2}, {.task_id = "early"});
    CHECK_THROWS_AS(co_await early.get({.timeout = 30}), TaskRevokedError);
    auto running = co_await hang.apply_async({}, {.task_id = "running"});
    co_await until([&] { return live.worker.active().size() == 1; });
    CHECK(co_await answer_of(redis, "revoke",
                             R"({"task_id": ["running", "x"], "terminate": true})"_json) ==
          ok("terminate: running"));
    CHECK_THROWS_WITH_AS(co_await running.get({.timeout = 30}), doctest::Contains("terminated"),
                         TaskRevokedError);
    CHECK(co_await answer_of(redis, "terminate", R"({"signal": "TERM", "task_id": ["y"]})"_json) ==
          ok("terminate: tasks unknown"));
    CHECK((co_await answer_of(redis, "revoked")).size() == 4);
  });
}

TEST_CASE("celery control changes a worker") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    CHECK(co_await answer_of(redis, "rate_limit",
                             R"({"task_name": "add", "rate_limit": "5/m"})"_json) ==
          ok("new rate limit set successfully"));
    CHECK(live.worker.rate_limit("add") == "5/m");
    CHECK(co_await answer_of(redis, "rate_limit",
                             R"({"task_name": "limited", "rate_limit": 0})"_json) ==
          ok("rate limit disabled successfully"));
    CHECK((co_await answer_of(redis, "rate_limit",
                              R"({"task_name": "add", "rate_limit": "often"})"_json))["error"]
              .str()
              .starts_with("Invalid rate limit string: "));
    CHECK(co_await answer_of(redis, "rate_limit",
                             R"({"task_name": "zip", "rate_limit": "1/m"})"_json) ==
          R"({"error": "unknown task"})"_json);
    CHECK(co_await answer_of(redis, "time_limit",
                             R"({"task_name": "add", "soft": 1, "hard": 2.5})"_json) ==
          ok("time limits set successfully"));
    CHECK(co_await answer_of(redis, "pool_grow", R"({"n": 3})"_json) == ok("pool will grow"));
    CHECK(live.worker.options().concurrency == 5);
    CHECK(co_await answer_of(redis, "pool_shrink") == ok("pool will shrink"));
    CHECK(live.worker.options().concurrency == 4);
    CHECK(co_await answer_of(redis, "add_consumer", R"({"queue": "mail"})"_json) ==
          ok("add consumer mail"));
    CHECK((co_await answer_of(redis, "active_queues")).size() == 2);
    CHECK(co_await answer_of(redis, "cancel_consumer", R"({"queue": "celery"})"_json) ==
          ok("no longer consuming from celery"));
    CHECK((co_await answer_of(redis, "active_queues"))[0]["name"] == Json("mail"));
    CHECK(co_await answer_of(redis, "enable_events") == ok("task events enabled"));
    CHECK(co_await answer_of(redis, "enable_events") == ok("task events already enabled"));
    CHECK(co_await answer_of(redis, "disable_events") == ok("task events disabled"));
    CHECK(co_await answer_of(redis, "disable_events") == ok("task events already disabled"));
    CHECK((co_await answer_of(redis, "heartbeat")).is_null());
  });
}

TEST_CASE("what cannot be done is an error that says why") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    auto error_of = [&](std::string method, Json arguments) -> Task<std::string> {
      const auto answer = co_await answer_of(redis, method, arguments);
      co_return answer.contains("error") ? answer["error"].str() : answer.dump();
    };
    CHECK(co_await error_of("nope", Json::object({})) == "No such control command: nope");
    CHECK(co_await error_of("rate_limit", Json::object({})) ==
          "rate_limit: task_name must be a text");
    CHECK(co_await error_of("pool_grow", R"({"n": -1})"_json) ==
          "pool_grow: n must be a number from 0 to 100000");
    CHECK(co_await error_of("revoke", R"({"task_id": [1]})"_json) ==
          "revoke: task_id must be texts");
    CHECK(co_await error_of("autoscale", Json::object({})) ==
          "ValueError('Autoscale not enabled')");
    CHECK(co_await error_of("pool_restart", Json::object({})) ==
          "ValueError('Pool restarts not enabled')");
  });
}

TEST_CASE("a request is answered by those it is for, and none whose time is over") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  LiveWorker other(redis.celery(), "w2@here");
  play(live, [&]() -> Task<void> {
    const auto url = redis::parse_url(redis.server.url());
    tasks::AskOptions all{.timeout_ms = 20'000, .limit = 2, .all = true};
    const auto both = co_await tasks::ask(url, {.method = "ping"}, all);
    CHECK(both.size() == 2);
    tasks::AskOptions one{.timeout_ms = 20'000, .limit = 1};
    const auto second =
        co_await tasks::ask(url, {.method = "ping", .destination = {"w2@here"}}, one);
    CHECK(keys_of(second) == std::vector<std::string>{"w2@here"});
    const auto matched =
        co_await tasks::ask(url, {.method = "ping", .pattern = "w1@*", .matcher = "glob"}, one);
    CHECK(keys_of(matched) == std::vector<std::string>{"w1@here"});

    // One that is over is passed over; it would revoke, too. The answer to the next proves that it
    // has been seen.
    tasks::ControlRequest over{
        .method = "revoke", .arguments = R"({"task_id": "x"})"_json, .expires = 1'000'000'000};
    redis::Client client(url);
    co_await client.command({"PUBLISH", "/0.celery.pidbox", tasks::encode(over)});
    CHECK(co_await answer_of(redis, "revoked") == Json::array({}));
    co_await client.command({"PUBLISH", "/0.celery.pidbox", "nonsense"});
    CHECK(co_await answer_of(redis, "ping") == ok("pong"));
  });
}

TEST_CASE("a newcomer learns what is revoked, and the time of the logical clock") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    co_await tasks::broadcast(redis.celery().impl(), "revoke", R"({"task_id": "x"})"_json);
    co_await until([&] { return live.worker.revoked().contains("x"); });
    LiveWorker newcomer(redis.celery(), "w2@here");
    newcomer.worker.revoke({"y"}, false);
    co_await newcomer.control.mingle();
    CHECK(newcomer.worker.revoked().contains("x"));
    CHECK(live.worker.revoked().contains("y"));
    CHECK(newcomer.events.clock().value() > 1);
    CHECK(co_await answer_of(redis, "hello", R"({"from_node": "w1@here"})"_json) == Json());
  });
}

TEST_CASE("what was revoked while Redis was away is learnt afterwards") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  LiveWorker other(redis.celery(), "w2@here");
  play(live, [&]() -> Task<void> {
    co_await live.control.mingle();
    co_await other.control.mingle();
    redis.server.kill();
    live.worker.revoke({"x"}, false);
    redis.server.start();
    co_await until([&] { return other.worker.revoked().contains("x"); });
  });
}

TEST_CASE("shutdown stops the worker, and nobody is answered") {
  Fixture redis;
  LiveWorker live(redis.celery(), "w1@here");
  // Whether it ends is the test: play() would stop it.
  auto running = live.worker.run([&] {
    base::Loop::current().spawn([](Redis& with, LiveWorker& told) -> Task<void> {
      co_await told.control.mingle();
      co_await tasks::broadcast(with.celery().impl(), "shutdown");
    }(redis, live));
  });
  base::Loop::current().run_until_done(running);
  running.take();
  CHECK(live.worker.is_stopping());
}

TEST_CASE("events tell the life of a task, and of a worker") {
  Fixture redis;
  Listener listener(redis.server.url());
  run(listener.ready());
  {
    LiveWorker live(redis.celery(), "w1@here", true);
    play(live, [&]() -> Task<void> {
      auto good = co_await add.apply_async({2, 3}, {.task_id = "good"});
      co_await good.get({.timeout = 30});
      auto bad = co_await fail.apply_async({}, {.task_id = "bad"});
      GetOptions quietly{.timeout = 30, .propagate = false};
      co_await bad.get(quietly);
      co_await tasks::broadcast(redis.celery().impl(), "revoke", R"({"task_id": "no"})"_json);
      co_await until([&] { return live.worker.revoked().contains("no"); });
      auto no = co_await add.apply_async({2, 3}, {.task_id = "no"});
      CHECK_THROWS_AS(co_await no.get({.timeout = 30}), TaskRevokedError);
      co_await until([&] { return listener.count("task-revoked") == 1; });
    });
    run(live.events.offline());
    run([](Listener& heard) -> Task<void> {
      co_await until([&] { return heard.count("worker-offline") == 1; });
    }(listener));
  }
  CHECK(listener.count("worker-online") == 1);
  CHECK(listener.count("worker-heartbeat") >= 1);
  CHECK(listener.count("task-received") == 2);  // what was revoked before it came is not
  CHECK(listener.count("task-started") == 2);
  CHECK(keys_of(listener.first("worker-heartbeat")) ==
        std::vector<std::string>{"hostname", "utcoffset", "pid", "clock", "freq", "active",
                                 "processed", "loadavg", "sw_ident", "sw_ver", "sw_sys",
                                 "timestamp", "type"});
  CHECK(keys_of(listener.first("task-received")) ==
        std::vector<std::string>{"hostname", "utcoffset", "pid", "clock", "uuid", "name", "args",
                                 "kwargs", "root_id", "parent_id", "retries", "eta", "expires",
                                 "timestamp", "type"});
  CHECK(listener.first("task-received")["args"] == Json("(2, 3)"));
  const auto& succeeded = listener.first("task-succeeded");
  CHECK(succeeded["uuid"] == Json("good"));
  CHECK(succeeded["result"] == Json("5"));
  CHECK(succeeded["runtime"].number() >= 0);
  const auto& failed = listener.first("task-failed");
  CHECK(failed["exception"] == Json("ValueError('bad')"));
  CHECK(failed["traceback"].is_string());
  const auto& revoked = listener.first("task-revoked");
  CHECK(revoked["terminated"] == Json(false));
  CHECK(revoked["expired"] == Json(false));
  CHECK(std::ranges::find(listener.channels, "/0.celeryev/task.multi") != listener.channels.end());
  for (std::size_t i = 1; i < listener.events.size(); ++i) {
    CHECK(listener.events[i]["clock"].integer() > listener.events[i - 1]["clock"].integer());
  }
}

TEST_CASE("events of tasks are told only when they are wanted") {
  Fixture redis;
  Listener listener(redis.server.url());
  run(listener.ready());
  LiveWorker live(redis.celery(), "w1@here");
  play(live, [&]() -> Task<void> {
    auto before = co_await add.delay(1, 2);
    co_await before.get({.timeout = 30});
    co_await answer_of(redis, "enable_events");
    auto after = co_await add.apply_async({1, 2}, {.task_id = "after"});
    co_await after.get({.timeout = 30});
    co_await until([&] { return listener.count("task-succeeded") > 0; });
  });
  CHECK(listener.count("task-received") == 1);
  CHECK(listener.first("task-received")["uuid"] == Json("after"));
}

TEST_CASE("publishers tell what they send, when that is wanted") {
  Fixture redis({.task_send_sent_event = true});
  Listener listener(redis.server.url());
  run([](Listener& heard) -> Task<void> {
    co_await heard.ready();
    co_await add.apply_async({1, 2}, {.queue = "mail", .task_id = "sent"});
    co_await until([&] { return heard.count("task-sent") == 1; });
  }(listener));
  const auto& sent = listener.first("task-sent");
  CHECK(keys_of(sent) == std::vector<std::string>{"hostname", "utcoffset", "pid", "clock", "uuid",
                                                  "root_id", "parent_id", "name", "args", "kwargs",
                                                  "retries", "eta", "expires", "queue", "exchange",
                                                  "routing_key", "timestamp", "type"});
  CHECK(sent["uuid"] == Json("sent"));
  CHECK(sent["args"] == Json("(1, 2)"));
  CHECK(sent["queue"] == Json("mail"));
  CHECK(sent["hostname"].str().starts_with("gen"));
  CHECK(listener.channels.front() == "/0.celeryev/task.sent");
}
