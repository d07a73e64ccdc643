// Traces of a served application: what no handler sees, and what happens on connections.
#include <doctest/doctest.h>

#include <string>

#include "plinth/plinth.hpp"
#include "server/running_server.hpp"
#include "setup.hpp"

namespace {

using namespace plinth;
using namespace tracing_test;
using server_test::Client;
using server_test::RunningServer;
using support::attribute;
using support::OtlpReceiver;

Json quick() { return Json::object({}); }
Task<Json> slow() {
  auto span = tracing::start_span("long work");
  co_await sleep_for(60'000);
  co_return Json::object({});
}

App create_app() {
  App app;
  app.get<quick>("/quick");
  app.get<slow>("/slow");
  return app;
}

std::string get(const char* path, const std::string& fields = {}) {
  return std::string("GET ") + path + " HTTP/1.1\r\nHost: shop.example:8000\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("each request of a connection has a trace of its own") {
  OtlpReceiver receiver;
  const auto tracing = configure_tracing(quick_options(receiver));
  auto app = create_app();
  RunningServer server(app);
  Client client(server.port());
  // The second comes behind the first, in one piece.
  client.send(get("/quick", "TraceParent: " + std::string(caller) + "\r\n") + get("/quick"));
  CHECK(client.answer().status() == 200);
  CHECK(client.answer().status() == 200);
  const auto spans = receiver.spans(2);
  CHECK(spans[0]["trace"] == Json(caller_trace));
  CHECK(spans[1]["trace"] != Json(caller_trace));
  CHECK(spans[1]["parent"] == Json(""));
  for (const auto& span : spans) {
    CHECK(span["name"] == Json("GET /quick"));
    CHECK(attribute(span, "server.address") == Json("shop.example"));
    CHECK(attribute(span, "server.port") == Json("8000"));
    CHECK(attribute(span, "client.address") == Json("127.0.0.1"));
  }
}

TEST_CASE("a request whose client has gone says so, and what it was at") {
  OtlpReceiver receiver;
  const auto tracing = configure_tracing(quick_options(receiver));
  auto app = create_app();
  RunningServer server(app);
  {
    Client client(server.port());
    client.send(get("/slow"));
    Client other(server.port());
    CHECK(other.get("/quick").status() == 200);
  }
  const auto spans = receiver.spans(3);
  const auto& request = support::find_span(spans, "GET /slow");
  CHECK(attribute(request, "error.type") == Json("client_disconnected"));
  CHECK(request["status"] == Json::object({{"code", 2}}));
  CHECK(attribute(request, "http.response.status_code").is_null());
  CHECK(support::find_span(spans, "long work")["parent"] == request["span"]);
}
