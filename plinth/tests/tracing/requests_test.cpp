// What one request leaves behind, as a collector sees it.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/logging.hpp"
#include "plinth/plinth.hpp"
#include "plinth/testing.hpp"
#include "setup.hpp"
#include "support/database.hpp"

namespace {

using namespace plinth;
using namespace tracing_test;
using support::attribute;
using support::find_span;
using support::names_of;
using support::OtlpReceiver;

struct Item {
  static constexpr auto table = "items";
  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(50), unique> name;
};

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.commit();
}
using SessionDep = Depends<get_session>;

Task<std::string> get_owner(SessionDep session) {
  const auto found = co_await session->first(select<Item>().where(col<&Item::id> == 1));
  co_return found ? *found->name : "nobody";
}
void refuse(Header<"x-refuse", std::optional<std::string>> refused) {
  if (*refused) throw HttpError(401, "no");
}

Json get_item(Path<"id", std::int64_t> id, Depends<get_owner> owner) {
  return Json::object({{"id", *id}, {"owner", *owner}});
}
Task<Json> add_item(Query<"name", std::string> name, SessionDep session) {
  auto item = Item{.name = *name};
  session->add(item);
  co_await session->flush();
  co_return Json::object({{"id", *item.id}});
}
Json fail() { throw std::runtime_error("out of cheese"); }
Json own() {
  auto span = tracing::start_span("charge card");
  span.set_attribute("order.id", 7);
  span.set_attribute("express", true);
  span.add_event("asked the bank");
  tracing::set_attribute("tenant", "shop");
  return Json::object({{"traceparent", tracing::current_traceparent()},
                       {"tracestate", tracing::current_tracestate()},
                       {"trace", tracing::current_trace_id()},
                       {"recording", span.is_recording()}});
}
Task<void> after() {
  const auto span = tracing::start_span("tidy up");
  co_return;
}
Json later(BackgroundTasks& background) {
  background.add_task(&after);
  return Json::object({});
}

Task<void> add_ada(Engine& engine) {
  auto session = engine.session();
  session.add(Item{.name = "ada"});
  co_await session.commit();
}

struct Shop {
  Shop() {
    app.provide(Engine(database.url()));
    app.get<get_item>("/items/{id}", {.dependencies = {depends<refuse>}});
    app.post<add_item>("/items");
    app.get<fail>("/fail");
    app.get<own>("/own");
    app.get<later>("/later");
    create_all(app.provided<Engine>(), metadata<Item>());
    run(add_ada(app.provided<Engine>()));
  }

  support::TestDatabase database;
  App app{AppOptions{}};
};

const TestClientOptions quiet{.raise_server_exceptions = false};

}  // namespace

TEST_CASE("a request's span has its route, and what was done for it is inside") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  const auto answer = client.get("/items/5?token=s3cret", {{"traceparent", caller},
                                                           {"tracestate", "vendor=1"},
                                                           {"user-agent", "curl/8"},
                                                           {"authorization", "Bearer s3cret"}});
  CHECK(answer.status == 200);
  const auto spans = receiver.spans(5);

  const auto& request = find_span(spans, "GET /items/{id}");
  CHECK(request["kind"] == Json(2));
  CHECK(request["trace"] == Json(caller_trace));
  CHECK(request["parent"] == Json(caller_span));
  CHECK(request["remote"] == Json(true));
  CHECK(request["state"] == Json("vendor=1"));
  CHECK(request["status"] == Json::object({}));
  CHECK(request["attributes"] == Json::object({{"http.request.method", "GET"},
                                               {"url.scheme", "http"},
                                               {"url.path", "/items/5"},
                                               {"http.route", "/items/{id}"},
                                               {"server.address", "testserver"},
                                               {"server.port", "80"},
                                               {"client.address", "testclient"},
                                               {"network.peer.address", "testclient"},
                                               {"network.protocol.version", "1.1"},
                                               {"user_agent.original", "curl/8"},
                                               {"http.response.status_code", "200"}}));

  for (const auto* name : {"refuse", "get_session", "get_owner"}) {
    const auto& dependency = find_span(spans, name);
    CHECK(dependency["kind"] == Json(1));
    CHECK(dependency["parent"] == request["span"]);
    CHECK(dependency["trace"] == request["trace"]);
    CHECK(dependency["remote"] == Json(false));
  }
  const auto& select = find_span(spans, "SELECT items");
  CHECK(select["kind"] == Json(3));
  CHECK(select["parent"] == find_span(spans, "get_owner")["span"]);
  CHECK(attribute(select, "db.system.name") == Json(support::by_engine("sqlite", "postgresql")));
  CHECK(attribute(select, "db.operation.name") == Json("SELECT"));
  CHECK(attribute(select, "db.collection.name") == Json("items"));
  CHECK(attribute(select, "db.query.text")
            .str()
            .find(support::by_engine("WHERE items.id = ?", "WHERE items.id = $1")) !=
        std::string::npos);
  for (const auto& span : spans) {
    CHECK(span.dump().find("s3cret") == std::string::npos);
    CHECK(span["start"].integer() <= span["end"].integer());
  }
}

TEST_CASE("a transaction's statements are spans, BEGIN and COMMIT with them") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  CHECK(client.post("/items?name=eve", Json()).status == 200);
  const auto spans = receiver.spans(5);
  const auto names = names_of(spans);
  for (const auto* name : {"BEGIN", "INSERT items", "COMMIT", "get_session", "POST /items"}) {
    CHECK(std::ranges::count(names, name) == 1);
  }
  CHECK(attribute(find_span(spans, "INSERT items"), "db.query.text").str().find("eve") ==
        std::string::npos);
}

TEST_CASE("a statement that fails says by which error, and no value") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app, quiet);
  CHECK(client.post("/items?name=ada", Json()).status == 500);
  const auto spans = receiver.spans(4);
  const auto& insert = find_span(spans, "INSERT items");
  CHECK(insert["status"] == Json::object({{"code", 2}}));
  CHECK(attribute(insert, "error.type") == Json("plinth::IntegrityError"));
  for (const auto& span : spans) CHECK(span.dump().find("ada") == std::string::npos);
  const auto& request = find_span(spans, "POST /items");
  REQUIRE(request["events"].size() == 1);
  CHECK(request["events"][0]["attributes"] ==
        Json::object({{"exception.type", "plinth::IntegrityError"}}));
}

TEST_CASE("what the library answers itself is in the request's span, too") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  // The span of the next request, which ends after those inside of it.
  const auto next = [&] {
    for (;;) {
      for (auto& span : receiver.spans(1)) {
        if (span["kind"] == Json(2)) return span;
      }
    }
  };

  client.get("/nowhere");
  auto span = next();
  CHECK(span["name"] == Json("GET"));
  CHECK(attribute(span, "http.response.status_code") == Json("404"));
  CHECK(span["status"] == Json::object({}));

  client.get("/items/five");
  span = next();
  CHECK(span["name"] == Json("GET /items/{id}"));
  CHECK(attribute(span, "http.response.status_code") == Json("422"));

  client.request({.method = "BREW", .url = "/own"});
  span = next();
  CHECK(span["name"] == Json("HTTP /own"));
  CHECK(attribute(span, "http.request.method") == Json("_OTHER"));
  CHECK(attribute(span, "http.request.method_original") == Json("BREW"));
  CHECK(attribute(span, "http.response.status_code") == Json("405"));
}

TEST_CASE("a dependency that refuses has an error, its request has none") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  CHECK(client.get("/items/5", {{"x-refuse", "1"}}).status == 401);
  const auto spans = receiver.spans(2);
  CHECK(attribute(find_span(spans, "refuse"), "error.type") == Json("plinth::HttpError"));
  CHECK(find_span(spans, "GET /items/{id}")["status"] == Json::object({}));
}

TEST_CASE("an exception that nobody answers is an event of its request") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app, quiet);
  CHECK(client.get("/fail").status == 500);
  const auto span = receiver.spans(1).back();
  CHECK(span["status"] == Json::object({{"message", "out of cheese"}, {"code", 2}}));
  CHECK(attribute(span, "error.type") == Json("std::runtime_error"));
  CHECK(attribute(span, "http.response.status_code") == Json("500"));
  REQUIRE(span["events"].size() == 1);
  CHECK(span["events"][0]["attributes"]["exception.message"] == Json("out of cheese"));
}

TEST_CASE("an application has spans of its own, and hands its place on") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  const auto told =
      client.get("/own", {{"traceparent", caller}, {"tracestate", "a=1"}, {"tracestate", "b=2"}})
          .json;
  const auto spans = receiver.spans(2);
  const auto& own_span = find_span(spans, "charge card");
  CHECK(own_span["parent"] == find_span(spans, "GET /own")["span"]);
  CHECK(own_span["attributes"] == Json::object({{"order.id", "7"}, {"express", true}}));
  CHECK(own_span["events"][0]["name"] == Json("asked the bank"));
  CHECK(attribute(find_span(spans, "GET /own"), "tenant") == Json("shop"));
  CHECK(told["traceparent"] ==
        Json("00-" + std::string(caller_trace) + "-" + own_span["span"].str() + "-01"));
  CHECK(told["tracestate"] == Json("a=1,b=2"));
  CHECK(told["trace"] == Json(caller_trace));
}

TEST_CASE("work after the answer belongs to the request's trace") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  client.get("/later");
  const auto spans = receiver.spans(3);
  const auto& work = find_span(spans, "background task");
  CHECK(work["parent"] == find_span(spans, "GET /later")["span"]);
  CHECK(find_span(spans, "tidy up")["parent"] == work["span"]);
}

TEST_CASE("two traceparent fields, or a bad one, begin a new trace") {
  Shop shop;
  OtlpReceiver receiver;
  auto tracing = configure_tracing(quick_options(receiver));
  TestClient client(shop.app);
  client.get("/nowhere", {{"traceparent", caller}, {"traceparent", caller}, {"tracestate", "a=1"}});
  client.get("/nowhere", {{"traceparent", std::string("ff") + (caller + 2)}});
  for (const auto& span : receiver.spans(2)) {
    CHECK(span["trace"] != Json(caller_trace));
    CHECK(span["parent"] == Json(""));
    CHECK(span["state"] == Json(""));
    CHECK(span["flags"] == Json(3));
  }
}

TEST_CASE("what is not sampled leaves nothing, and its callers' decision is heeded") {
  Shop shop;
  OtlpReceiver receiver;
  auto options = quick_options(receiver);
  options.sampler = "parentbased_always_off";
  options.excluded_paths = {"/nowhere"};
  auto tracing = configure_tracing(options);
  TestClient client(shop.app, quiet);
  const auto told = client.get("/own").json;
  CHECK(told["recording"] == Json(false));
  CHECK(told["traceparent"].str().ends_with("-02"));
  client.get("/nowhere", {{"traceparent", caller}});
  client.get("/fail?", {{"traceparent", std::string(caller).substr(0, 53) + "00"}});
  client.get("/own", {{"traceparent", caller}});
  const auto spans = receiver.spans(2);
  CHECK(names_of(spans) == std::vector<std::string>{"charge card", "GET /own"});
  tracing.flush();
  CHECK(tracing.exported() == 2);
}

TEST_CASE("without an endpoint a trace is handed on and nothing is kept") {
  Shop shop;
  const auto tracing = configure_tracing();
  TestClient client(shop.app);
  const auto told = client.get("/own", {{"traceparent", caller}}).json;
  CHECK(told["traceparent"] == Json(caller));
  CHECK(told["recording"] == Json(false));
  const auto fresh = client.get("/own").json;
  CHECK(fresh["trace"].str().size() == 32);
  CHECK(fresh["traceparent"].str().ends_with("-03"));
}

TEST_CASE("without tracing there is no trace") {
  Shop shop;
  TestClient client(shop.app);
  const auto told = client.get("/own", {{"traceparent", caller}}).json;
  CHECK(told["traceparent"] == Json(""));
  CHECK(told["trace"] == Json(""));
}
