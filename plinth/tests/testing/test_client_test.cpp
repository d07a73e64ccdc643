#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/datetime.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json echo(const Request& request) {
  auto fields = Json(Json::Object{});
  for (const auto& [name, value] : request.headers) fields[name] = value;
  return Json::object({{"method", request.method},
                       {"path", request.path},
                       {"query", request.query_string},
                       {"body", request.body},
                       {"scheme", request.scheme},
                       {"host", request.host},
                       {"headers", fields}});
}
Json set_cookie(Response& response) {
  response.headers.append("set-cookie", "sid=1; Path=/");
  response.headers.append("set-cookie", "theme=dark");
  return {};
}
Json drop_cookie(Response& response) {
  response.headers.append("set-cookie", "sid=\"\"; Max-Age=0");
  return {};
}
Response moved() { return Response::redirect("/echo?moved", 303); }
Response kept() { return Response::redirect("/echo?kept"); }
Response loop() { return Response::redirect("/loop"); }
Json fault() { throw std::runtime_error("fault"); }
Json late_fault(BackgroundTasks& background) {
  background.add_task([] { throw std::runtime_error("late"); });
  return {};
}
Json now() { return Json(DateTime::now().iso()); }

App make_app() {
  auto app = App();
  app.api_route<echo>({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, "/echo");
  app.get<echo>("/echo/{rest:path}").get<set_cookie>("/set").get<drop_cookie>("/drop");
  app.api_route<moved>({"GET", "POST"}, "/moved").post<kept>("/kept").get<loop>("/loop");
  app.get<fault>("/fault").get<late_fault>("/late").get<now>("/now");
  return app;
}

}  // namespace

TEST_CASE("a request is what a server would make of it") {
  auto app = make_app();
  TestClient client(app);
  auto sent = client.get("/echo/a%20b%2Fc?x=%20#part", {{"X-Name", "v"}}).json;
  CHECK(sent["path"] == "/echo/a b/c");
  CHECK(sent["query"] == "x=%20");
  CHECK(sent["host"] == "testserver");
  CHECK(sent["scheme"] == "http");
  CHECK(sent["headers"] == R"({"host": "testserver", "x-name": "v"})"_json);
  auto other = client.get("https://example.org/echo").json;
  CHECK(other["host"] == "example.org");
  CHECK(other["scheme"] == "https");

  auto posted = client.post("/echo", R"({"a": 1})"_json).json;
  CHECK(posted["body"] == R"({"a":1})");
  CHECK(posted["headers"]["content-type"] == "application/json");
  CHECK(posted["headers"]["content-length"] == "7");
  CHECK(client.post_form("/echo", {{"a b", "ü&"}}).json["body"] == "a%20b=%C3%BC%26");
  CHECK(client.put("/echo", Json(1)).json["method"] == "PUT");
  CHECK(client.patch("/echo", Json(1)).json["method"] == "PATCH");
  CHECK(client.del("/echo").json["method"] == "DELETE");
  CHECK(client.options("/echo").json["method"] == "OPTIONS");
}

TEST_CASE("a header stays on the client that has it, and gives way to a request's own") {
  auto app = make_app();
  TestClient client(app);
  auto known = client.bearer("abc");
  CHECK(known.get("/echo").json["headers"]["authorization"] == "Bearer abc");
  CHECK(known.get("/echo", {{"Authorization", "Basic x"}}).json["headers"]["authorization"] ==
        "Basic x");
  CHECK_FALSE(client.get("/echo").json["headers"].contains("authorization"));
}

TEST_CASE("cookies are kept, sent and dropped") {
  auto app = make_app();
  TestClient client(app);
  client.get("/set");
  CHECK(client.get("/echo").json["headers"]["cookie"] == "sid=1; theme=dark");
  client.get("/drop");
  CHECK(client.get("/echo").json["headers"]["cookie"] == "theme=dark");
  client.set_cookie("x", "y");
  CHECK(client.get("/echo").json["headers"]["cookie"] == "theme=dark; x=y");
}

TEST_CASE("redirects are followed as a browser does, or not") {
  auto app = make_app();
  TestClient client(app);
  auto moved_answer = client.post("/moved", Json(1));
  CHECK(moved_answer.json["method"] == "GET");
  CHECK(moved_answer.json["body"] == "");
  CHECK(client.post("/kept", Json(1)).json["body"] == "1");
  CHECK_THROWS_WITH_AS(client.get("/loop"), "too many redirects", std::runtime_error);
  TestClient still(app, {.follow_redirects = false});
  CHECK(still.get("/moved").status == 303);
}

TEST_CASE("what the app throws reaches the test, unless it wants what clients see") {
  auto app = make_app();
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/fault"), "fault", std::runtime_error);
  CHECK_THROWS_WITH_AS(client.get("/late"), "late", std::runtime_error);
  TestClient outside(app, {.raise_server_exceptions = false});
  CHECK(outside.get("/fault").status == 500);
  CHECK(outside.get("/late").status == 200);
}

TEST_CASE("the clock stands while it is frozen") {
  auto app = make_app();
  TestClient client(app);
  {
    auto clock = freeze_time("2026-01-02T03:04:05Z");
    CHECK(client.get("/now").json == "2026-01-02T03:04:05Z");
    clock.advance_seconds(60);
    clock.advance_microseconds(500'000);
    CHECK(client.get("/now").json == "2026-01-02T03:05:05.500000Z");
  }
  CHECK(client.get("/now").json != "2026-01-02T03:05:05.500000Z");
  CHECK_THROWS_AS((void)freeze_time("noon"), std::invalid_argument);
}
