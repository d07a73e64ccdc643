// Depends, Security, Yield: order, caching, errors. Source: FastAPI 0.143, solve_dependencies.
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/security.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

std::vector<std::string> events;

std::string taken() {
  std::string text;
  for (const auto& event : events) (text += text.empty() ? "" : " ") += event;
  events.clear();
  return text;
}

int counter() {
  events.push_back("counter");
  return 7;
}
int twice(Depends<counter> value) { return *value * 2; }
Json cached(Depends<counter> a, Depends<twice> b, Depends<counter, use_cache(false)> c) {
  return Json::array({*a, *b, *c});
}

int fresh_below(Depends<counter, use_cache(false)> value) { return *value; }
Json fresh_twice(Depends<fresh_below> a, Depends<fresh_below> b) { return Json::array({*a, *b}); }

class NoCopy {
 public:
  explicit NoCopy(int number) : number_(std::make_unique<int>(number)) {}
  int& number() { return *number_; }

 private:
  std::unique_ptr<int> number_;
};
Task<NoCopy> make_no_copy() {
  co_await sleep_for(1);
  co_return NoCopy(3);
}
int change(Depends<make_no_copy> value) { return ++value->number(); }
Task<Json> shares(Depends<make_no_copy> value, Depends<change>) {
  co_await sleep_for(1);
  NoCopy& same = value;
  co_return Json(same.number());
}

struct Clock {
  int ticks = 0;
};
Clock& shared_clock(Clock& clock) { return clock; }
Json tick(Depends<shared_clock> clock) { return Json(++clock->ticks); }
Json read_clock(const Clock& clock) { return Json(clock.ticks); }

std::int64_t page(Query<"page", std::int64_t> number) {
  events.push_back("page");
  return *number;
}
std::int64_t next_page(Depends<page> number) { return *number + 1; }
Json pages(Depends<page> now, Depends<next_page> then, Query<"size", std::int64_t>) {
  return Json::array({*now, *then});
}

int refuse() { throw HttpError(403, "no"); }
Json refused(Query<"q", std::int64_t>, Depends<refuse>) { return {}; }

Yield<std::string> transaction() {
  events.push_back("begin");
  std::exception_ptr error;
  try {
    co_yield std::string("tx");
  } catch (...) {
    error = std::current_exception();
  }
  co_await sleep_for(1);
  events.push_back(error ? "rollback" : "commit");
  if (error) std::rethrow_exception(error);
}
Yield<std::string> outer(Depends<transaction> inner) {
  co_yield *inner + "+";
  events.push_back("outer");
}
Json works(Depends<outer> name) {
  events.push_back("handler");
  return Json(*name);
}
Json fails(Depends<transaction>) { throw HttpError(409, "conflict"); }
Json invalid(Depends<transaction>, Query<"q", std::int64_t>) { return {}; }

Yield<int> commits_badly() {
  co_yield 1;
  throw HttpError(503, "commit failed");
}
Json unlucky(Depends<commits_badly>, BackgroundTasks& background) {
  background.add_task([] { events.push_back("background"); });
  return Json("never sent");
}

void note(std::string event) { events.push_back(std::move(event)); }
Task<void> note_later(std::string event) {
  co_await sleep_for(1);
  events.push_back(event);
}
Yield<std::string> audits(BackgroundTasks& background) {
  background.add_task(note_later, std::string("audit"));
  co_yield std::string("audited");
  background.add_task(note, std::string("exit"));
  events.push_back("commit");
}
Json orders(Depends<audits>, BackgroundTasks& background) {
  background.add_task(note_later, std::string("mail"));
  background.add_task([] { throw std::runtime_error("the printer burns"); });
  background.add_task(note, std::string("invoice"));
  return Json("ordered");
}
Json refuses(Depends<audits>, BackgroundTasks& background) {
  background.add_task(note, std::string("never"));
  throw HttpError(409, "no");
}
Response own_tasks(BackgroundTasks& background) {
  background.add_task(note, std::string("dropped"));
  auto response = Response::text("sent");
  response.background.add_task(note, std::string("own"));
  return response;
}

Yield<int> swallows() {
  try {
    co_yield 1;
  } catch (...) {
  }
}
Json swallowed(Depends<swallows>) { throw HttpError(400, "lost"); }

Yield<int> never() {
  if (events.empty()) co_return;
  co_yield 1;
}
Json without_yield(Depends<never>) { return {}; }

std::string scopes_of(const SecurityScopes& scopes) {
  events.push_back("[" + scopes.scope_str() + "]");
  return scopes.scope_str();
}
std::string admin(Security<scopes_of, "admin"> below) { return *below; }
Json secured(Security<scopes_of, "a", "b"> one, Security<admin, "x"> two,
             Security<scopes_of, "b", "a"> three) {
  return Json::array({*one, *two, *three});
}

Json maybe_known(std::optional<HTTPBearer<>> token) {
  return token ? Json((*token)->credentials) : Json();
}
int note_first() {
  events.push_back("first");
  return 1;
}
int note_last() {
  events.push_back("last");
  return 1;
}
Json guarded_between(Depends<note_first>, HTTPBearer<>, Depends<note_last>) { return {}; }

}  // namespace

TEST_CASE("a dependency is computed once a request, or again where it says so") {
  auto app = App();
  app.get<cached>("/cached").get<fresh_twice>("/fresh");
  TestClient client(app);
  CHECK(client.get("/cached").text == "[7,14,7]");
  CHECK(taken() == "counter counter");
  // fresh_below is cached, but what is below it is not.
  CHECK(client.get("/fresh").text == "[7,7]");
  CHECK(taken() == "counter counter");
}

TEST_CASE("all who depend on a value share the one object") {
  auto app = App();
  app.get<shares>("/");
  TestClient client(app);
  CHECK(client.get("/").text == "4");
  CHECK(client.get("/").text == "4");
}

TEST_CASE("what the app provides is lent by reference, and may be passed on so") {
  auto app = App();
  app.provide(Clock{.ticks = 40});
  app.get<tick>("/tick").get<read_clock>("/clock");
  TestClient client(app);
  client.get("/tick");
  CHECK(client.get("/tick").text == "42");
  CHECK(client.get("/clock").text == "42");
  CHECK(app.provided<Clock>().ticks == 42);
  CHECK_THROWS_WITH_AS(app.provided<NoCopy>(), "nobody provided the NoCopy", std::logic_error);
}

TEST_CASE("errors of dependencies come first, once for each place that depends") {
  auto app = App();
  app.get<pages>("/");
  TestClient client(app);
  CHECK(client.get("/?page=1&size=2").text == "[1,2]");
  CHECK(taken() == "page");
  auto answer = client.get("/?page=x");
  CHECK(answer.status == 422);
  CHECK(answer.json["detail"].size() == 3);
  CHECK(answer.json["detail"][0]["loc"] == R"(["query", "page"])"_json);
  CHECK(answer.json["detail"][1]["loc"] == R"(["query", "page"])"_json);
  CHECK(answer.json["detail"][2]["loc"] == R"(["query", "size"])"_json);
  CHECK(taken().empty());
}

TEST_CASE("what a dependency throws beats the errors of the handler's own parameters") {
  auto app = App();
  app.get<refused>("/");
  auto answer = TestClient(app).get("/");
  CHECK(answer.status == 403);
  CHECK(answer.text == R"({"detail":"no"})");
}

TEST_CASE("what was entered is left in reverse, after the handler, before the response") {
  auto app = App();
  app.get<works>("/works").get<fails>("/fails").get<invalid>("/invalid");
  TestClient client(app);
  CHECK(client.get("/works").text == R"("tx+")");
  CHECK(taken() == "begin handler outer commit");
  CHECK(client.get("/fails").text == R"({"detail":"conflict"})");
  CHECK(taken() == "begin rollback");
  auto refused_query = client.get("/invalid");
  CHECK(refused_query.status == 422);
  CHECK(
      refused_query.text ==
      R"({"detail":[{"type":"missing","loc":["query","q"],"msg":"Field required","input":null}]})");
  CHECK(taken() == "begin rollback");
}

TEST_CASE("a commit that fails is the answer; background tasks then do not run") {
  auto app = App();
  app.get<unlucky>("/");
  auto answer = TestClient(app).get("/");
  CHECK(answer.status == 503);
  CHECK(answer.text == R"({"detail":"commit failed"})");
  CHECK(taken().empty());
}

TEST_CASE("background tasks run in order, those of dependencies too, after their exits") {
  auto app = App();
  app.get<orders>("/").get<refuses>("/refuses").get<own_tasks>("/own");
  TestClient client(app, {.raise_server_exceptions = false});
  CHECK(client.get("/").text == R"("ordered")");
  CHECK(taken() == "commit audit mail invoice exit");  // the one that throws stops no other
  CHECK(client.get("/refuses").status == 409);
  CHECK(taken().empty());
  CHECK(client.get("/own").text == "sent");
  CHECK(taken() == "own");  // a response's own are the ones that count, as in FastAPI

  TestClient raising(app);
  CHECK_THROWS_WITH_AS(raising.get("/"), "the printer burns", std::runtime_error);
  CHECK(taken() == "commit audit mail invoice exit");
}

TEST_CASE("a Yield that hides an exception, or lends nothing, is a bug that is told") {
  auto app = App();
  app.get<swallowed>("/swallowed").get<without_yield>("/nothing");
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/swallowed"),
                       "a dependency with Yield swallowed an exception; it must throw on",
                       std::logic_error);
  CHECK_THROWS_WITH_AS(client.get("/nothing"), "a Yield ended without co_yield", std::logic_error);
  TestClient outside(app, {.raise_server_exceptions = false});
  CHECK(outside.get("/nothing").status == 500);
}

TEST_CASE("scopes add up on the way down, and tell cached values apart") {
  auto app = App();
  app.get<secured>("/");
  CHECK(TestClient(app).get("/").text == R"(["a b","x admin","a b"])");
  CHECK(taken() == "[a b] [x admin]");
}

TEST_CASE("a scheme refuses in its turn; an optional one is empty without credentials") {
  auto app = App();
  app.get<maybe_known>("/maybe").get<guarded_between>("/between");
  TestClient client(app);
  CHECK(client.get("/maybe").text == "null");
  CHECK(client.bearer("abc").get("/maybe").text == R"("abc")");
  auto refused_call = client.get("/between");
  CHECK(refused_call.status == 401);
  CHECK(refused_call.headers.get("www-authenticate") == "Bearer");
  CHECK(taken() == "first");
}

TEST_CASE("a client that leaves destroys what waits and what was lent") {
  auto app = App();
  app.get<works>("/");
  run(app.startup());
  Request request{.method = "GET", .path = "/"};
  {
    auto task = app.handle(request);
    task.start();  // inside of commit's wait
    CHECK_FALSE(task.done());
  }
  CHECK(taken() == "begin handler outer");
  run(app.shutdown());
}
