// A trace over the queue: from a request to the task it sent, and on to what follows that.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "plinth/plinth.hpp"
#include "plinth/task_tables.hpp"
#include "plinth/tasks.hpp"
#include "plinth/testing.hpp"
#include "setup.hpp"
#include "support/database.hpp"
#include "tasks/celery.hpp"
#include "tasks/worker.hpp"

namespace {

using namespace plinth;
using namespace tracing_test;
using support::attribute;
using support::find_span;
using support::OtlpReceiver;

struct Order {
  static constexpr auto table = "orders";
  Column<std::int64_t, primary_key> id;
};

std::int64_t add_up(std::int64_t x, std::int64_t y) { return x + y; }
std::int64_t twice(std::int64_t x) { return 2 * x; }
std::int64_t sum_of(std::vector<std::int64_t> numbers) {
  std::int64_t sum = 0;
  for (const auto number : numbers) sum += number;
  return sum;
}
Task<void> place(Session& session) {
  session.add(Order{});
  co_return;
}
std::int64_t second_time(TaskContext& self) {
  if (self.request().retries == 0) throw self.retry({.countdown = 0});
  return 1;
}
void raise() { throw std::runtime_error("no stock"); }

inline constexpr auto add = shared_task<add_up>({.name = "add"});
inline constexpr auto mul = shared_task<twice>({.name = "mul"});
inline constexpr auto tsum = shared_task<sum_of>({.name = "tsum"});
inline constexpr auto place_order = shared_task<place>({.name = "place_order"});
inline constexpr auto again = shared_task<second_time>({.name = "again", .max_retries = 3});
inline constexpr auto fail = shared_task<raise>({.name = "fail"});

Task<Json> send_order() {
  co_await place_order.delay();
  co_return Json();
}
Task<Json> enqueue_order(Engine& engine) {
  auto session = engine.session();
  session.enqueue(place_order);
  co_await session.commit();
  co_return Json();
}
Task<Json> send_chain() {
  co_await chain(add.s(1, 2), mul.s()).delay();
  co_return Json();
}
Task<Json> send_chord() {
  co_await chord({add.s(1, 1), mul.s(2)}, tsum.s()).delay();
  co_return Json();
}
Task<Json> send_again() {
  co_await again.delay();
  co_return Json();
}
Task<Json> send_fail() {
  co_await fail.delay();
  co_return Json();
}

struct Shop {
  Shop() : engine(database.url()) {
    create_all(engine, metadata_with_tasks<Order>());
    app.provide(Celery("app", engine));
    app.provided<Celery>().register_tasks(add, mul, tsum, place_order, again, fail);
    init_celery(app);
    app.post<send_order>("/orders");
    app.post<send_chain>("/chain");
    app.post<send_chord>("/chord");
    app.post<send_again>("/again");
    app.post<send_fail>("/fail");
  }
  // Until nothing is left.
  void work() {
    auto& celery = app.provided<Celery>().impl();
    while (is_waiting(celery)) {
      tasks::Worker worker(celery, {.once = true});
      run(worker.run());
    }
  }
  static bool is_waiting(Celery::Impl& celery) {
    return std::ranges::any_of(run(celery.broker->lengths({})),
                               [](const auto& queue) { return queue.waiting + queue.held > 0; });
  }

  support::TestDatabase database{support::Place::disk};
  Engine engine;
  App app{AppOptions{}};
};

// Of a request to `path` and all its tasks, without its statements.
std::vector<Json> trace_of(Shop& shop, const std::string& path, std::size_t count) {
  OtlpReceiver receiver;
  {
    auto tracing = configure_tracing(quick_options(receiver));
    {
      TestClient client(shop.app);
      CHECK(client.post(path, Json(), {{"traceparent", caller}}).status == 200);
    }
    shop.work();
  }
  std::vector<Json> found;
  while (found.size() < count) {
    for (auto& span : receiver.spans(1)) {
      CHECK(span["trace"] == Json(caller_trace));
      if (span["kind"] != Json(3)) found.push_back(std::move(span));
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a task runs in the trace of the request that sent it") {
  Shop shop;
  const auto spans = trace_of(shop, "/orders", 3);
  const auto& sent = find_span(spans, "apply_async/place_order");
  CHECK(sent["kind"] == Json(4));
  CHECK(sent["parent"] == find_span(spans, "POST /orders")["span"]);
  CHECK(attribute(sent, "celery.action") == Json("apply_async"));
  CHECK(attribute(sent, "celery.task_name") == Json("place_order"));
  CHECK(attribute(sent, "messaging.destination.name") == Json("celery"));
  const auto& ran = find_span(spans, "run/place_order");
  CHECK(ran["kind"] == Json(5));
  CHECK(ran["parent"] == sent["span"]);
  CHECK(ran["remote"] == Json(true));
  CHECK(attribute(ran, "celery.action") == Json("run"));
  CHECK(attribute(ran, "celery.state") == Json("SUCCESS"));
  CHECK(attribute(ran, "messaging.message.id") == attribute(sent, "messaging.message.id"));
}

TEST_CASE("what a chain goes on with is sent by what ran before") {
  Shop shop;
  const auto spans = trace_of(shop, "/chain", 5);
  CHECK(find_span(spans, "run/add")["parent"] == find_span(spans, "apply_async/add")["span"]);
  CHECK(find_span(spans, "apply_async/mul")["parent"] == find_span(spans, "run/add")["span"]);
  CHECK(find_span(spans, "run/mul")["parent"] == find_span(spans, "apply_async/mul")["span"]);
}

TEST_CASE("a chord's body is sent by the last of its parts") {
  Shop shop;
  const auto spans = trace_of(shop, "/chord", 7);
  const auto request = find_span(spans, "POST /chord")["span"];
  CHECK(find_span(spans, "apply_async/add")["parent"] == request);
  CHECK(find_span(spans, "apply_async/mul")["parent"] == request);
  const auto by = find_span(spans, "apply_async/tsum")["parent"];
  CHECK((by == find_span(spans, "run/add")["span"] || by == find_span(spans, "run/mul")["span"]));
  CHECK(find_span(spans, "run/tsum")["parent"] == find_span(spans, "apply_async/tsum")["span"]);
}

TEST_CASE("a retry is sent by the run that asked for it") {
  Shop shop;
  auto spans = trace_of(shop, "/again", 5);
  std::ranges::sort(spans, {}, [](const Json& span) { return span["start"].integer(); });
  CHECK(support::names_of(spans) == std::vector<std::string>{"POST /again", "apply_async/again",
                                                             "run/again", "apply_async/again",
                                                             "run/again"});
  CHECK(spans[3]["parent"] == spans[2]["span"]);
  CHECK(spans[4]["parent"] == spans[3]["span"]);
  CHECK(attribute(spans[2], "celery.state") == Json("RETRY"));
  CHECK(spans[2]["status"] == Json::object({}));
  CHECK(attribute(spans[4], "celery.retries") == Json("1"));
}

TEST_CASE("a task that fails says why") {
  Shop shop;
  const auto spans = trace_of(shop, "/fail", 3);
  const auto& ran = find_span(spans, "run/fail");
  CHECK(ran["status"]["code"] == Json(2));
  CHECK(attribute(ran, "celery.state") == Json("FAILURE"));
  CHECK(ran["events"][0]["name"] == Json("exception"));
}

TEST_CASE("a message in the outbox has the trace of the session that committed it") {
  Shop shop;
  shop.app.post<enqueue_order>("/enqueue");
  shop.app.provide(Engine(shop.database.url()));
  const auto spans = trace_of(shop, "/enqueue", 3);
  CHECK(find_span(spans, "apply_async/place_order")["parent"] ==
        find_span(spans, "POST /enqueue")["span"]);
  CHECK(find_span(spans, "run/place_order")["parent"] ==
        find_span(spans, "apply_async/place_order")["span"]);
}

TEST_CASE("a message without a trace begins one") {
  Shop shop;
  run([](Celery& celery) -> Task<void> {
    co_await celery.send_task("add", R"([1, 2])"_json);
  }(shop.app.provided<Celery>()));
  OtlpReceiver receiver;
  {
    auto tracing = configure_tracing(quick_options(receiver));
    shop.work();
  }
  const auto spans = receiver.spans(1);
  CHECK(find_span(spans, "run/add")["parent"] == Json(""));
}
