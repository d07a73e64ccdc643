// A route's deadline_ms, concurrency_max and body_bytes_max.
#include "routing/limits.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/loop.hpp"
#include "plinth/app.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

constexpr long long for_ever = 3'600'000;

std::vector<std::string> events;

std::string taken() {
  std::string text;
  for (const auto& event : events) (text += text.empty() ? "" : " ") += event;
  events.clear();
  return text;
}

struct Noted {
  std::string name;
  ~Noted() { events.push_back(name + " destroyed"); }
};

Yield<int> lent() {
  events.push_back("enter");
  int value = 1;
  try {
    co_yield value;
    events.push_back("exit");
  } catch (const HttpError& error) {
    events.push_back("thrown " + std::to_string(error.status));
    throw;
  }
}

Task<Json> endless(Depends<lent>) {
  const Noted noted{"handler"};
  co_await sleep_for(for_ever);
  co_return Json("late");
}

Json quick() {
  events.push_back("quick");
  return Json("quick");
}

// Its exit, a commit say, takes longer than the route's deadline.
Yield<int> slow_to_exit() {
  int value = 1;
  co_yield value;
  co_await sleep_for(50);
  events.push_back("committed");
}
Json commits(Depends<slow_to_exit>) { return Json("kept"); }

Task<int> slow_to_enter() {
  const Noted noted{"dependency"};
  co_await sleep_for(for_ever);
  co_return 1;
}
Json never_called(Depends<slow_to_enter>) { return Json("no"); }

Task<Response> ask(App& app, Request& request, base::Context context) {
  co_return co_await base::in_context(context, app.handle(request));
}

Request get(std::string_view path) {
  Request request;
  request.method = "GET";
  request.target = path;
  request.path = path;
  return request;
}

}  // namespace

TEST_CASE("a handler that is not done at its deadline is cancelled, and the answer is 503") {
  App app;
  app.get<endless>("/endless", {.deadline_ms = 20});
  TestClient client(app);
  const auto answer = client.get("/endless");
  CHECK(answer.status == 503);
  // It has begun, so nobody says that it may be asked again.
  CHECK_FALSE(answer.headers.contains("retry-after"));
  CHECK(answer.text == R"({"detail":"Service Unavailable"})");
  // The handler ends before what it was lent does, and a transaction learns why.
  CHECK(taken() == "enter handler destroyed thrown 503");
}

TEST_CASE("the deadline also ends a dependency that is waited for") {
  App app;
  app.get<never_called>("/", {.deadline_ms = 20});
  CHECK(TestClient(app).get("/").status == 503);
  CHECK(taken() == "dependency destroyed");
}

TEST_CASE("a commit that has begun is waited for, whatever the deadline says") {
  App app;
  app.get<commits>("/", {.deadline_ms = 1});
  const auto answer = TestClient(app).get("/");
  CHECK(answer.status == 200);
  CHECK(answer.text == R"("kept")");
  CHECK(taken() == "committed");
}

TEST_CASE("a handler in time is not disturbed") {
  App app;
  app.get<commits>("/", {.deadline_ms = for_ever});
  CHECK(TestClient(app).get("/").status == 200);
  CHECK(taken() == "committed");
}

TEST_CASE("time counts from the request's arrival, and one that is too late is not begun") {
  App app;
  app.get<quick>("/", {.deadline_ms = 500});
  run(app.startup());
  auto request = get("/");
  base::Context context;
  context.arrived_ms = base::monotonic_ms() - 10'000;
  CHECK(run(ask(app, request, context)).status == 503);
  CHECK(taken().empty());
  context.arrived_ms = base::monotonic_ms();
  CHECK(run(ask(app, request, context)).status == 200);
  CHECK(taken() == "quick");
}

TEST_CASE("the server's time is for routes that say nothing") {
  App app;
  app.get<endless>("/server");
  app.get<commits>("/route", {.deadline_ms = for_ever});
  run(app.startup());
  base::Context context;
  context.handler_ms_max = 1;
  auto server = get("/server");
  CHECK(run(ask(app, server, context)).status == 503);
  CHECK(taken() == "enter handler destroyed thrown 503");
  auto route = get("/route");
  CHECK(run(ask(app, route, context)).status == 200);
  CHECK(taken() == "committed");
}

namespace {

// Handlers wait here until somebody opens.
base::Arrival* gate = nullptr;
int inside = 0;
std::string retry_after;

Task<Json> waits() {
  ++inside;
  co_await *gate;
  --inside;
  co_return Json("done");
}

Task<void> note_status(App& app, int& status) {
  auto request = get("/one");
  const auto answer = co_await app.handle(request);
  status = answer.status;
  retry_after = answer.headers.get("retry-after").value_or("");
}

Task<void> try_concurrency(App& app) {
  base::Arrival opened;
  gate = &opened;
  auto& loop = base::Loop::current();
  int first = 0;
  int second = 0;
  int other = 0;
  loop.spawn(note_status(app, first));
  CHECK(inside == 1);
  loop.spawn(note_status(app, second));
  CHECK(inside == 1);
  CHECK(second == 503);
  CHECK(retry_after == "1");
  auto request = get("/other");
  other = (co_await app.handle(request)).status;
  CHECK(other == 200);
  opened.slot()->arrive();
  CHECK(first == 200);

  // The place is free again, also after a handler that was cancelled.
  {
    auto cancelled = get("/one");
    auto task = app.handle(cancelled);
    task.start();
    CHECK(inside == 1);
  }
  inside = 0;
  int third = 0;
  loop.spawn(note_status(app, third));
  CHECK(inside == 1);
  opened.slot()->arrive();
  CHECK(third == 200);
}

}  // namespace

TEST_CASE("one handler more than concurrency_max is 503 at once; its place is free again after") {
  App app;
  app.get<waits>("/one", {.concurrency_max = 1});
  app.get<quick>("/other");
  run(app.startup());
  run(try_concurrency(app));
  taken();
}

TEST_CASE("a route's body_bytes_max is asked at the request's head") {
  App app;
  app.post<quick>("/small", {.body_bytes_max = 3});
  app.post<quick>("/large/{id}", {.body_bytes_max = 2'000'000});
  app.post<quick>("/plain");
  run(app.startup());
  const auto limit = [&](std::string_view method, std::string_view path) {
    auto request = get(path);
    request.method = method;
    return app.body_limit(request, 1000);
  };
  CHECK(limit("POST", "/small") == 3);
  CHECK(limit("POST", "/large/5") == 2'000'000);
  CHECK(limit("POST", "/plain") == 1000);
  CHECK(limit("GET", "/small") == 1000);
  CHECK(limit("POST", "/nowhere") == 1000);

  TestClient client(app);
  const auto json = [](std::string_view text) { return Json::parse(text); };
  CHECK(client.post("/small", json("123")).status == 200);
  CHECK(client.post("/small", json("1234")).status == 413);
  CHECK(client.post("/plain", json("1234")).status == 200);
  CHECK(taken() == "quick quick");
}
