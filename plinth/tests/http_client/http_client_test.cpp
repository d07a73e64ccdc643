#include "plinth/http_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/trace.hpp"
#include "http_client/odd_server.hpp"
#include "plinth/app.hpp"
#include "plinth/middleware.hpp"
#include "server/running_server.hpp"
#include "support/certificates.hpp"

using namespace plinth;
using http_client_test::OddServer;
using server_test::RunningServer;

namespace {

// What the test's own environment says of proxies is none of these tests' business.
struct NoProxies {
  NoProxies() {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"}) {
      ::unsetenv(name);
    }
  }
};
const NoProxies no_proxies;

std::string url_of(const RunningServer& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

// What came, a line each.
Task<Response> mirror(Request& request) {
  std::string text(request.method);
  text.append(" ").append(request.target).append("\n");
  for (const auto& [name, value] : request.headers) {
    text.append(name).append(": ").append(value).append("\n");
  }
  text.append("\n").append(request.body);
  co_return Response::text(text);
}

// Waits for the answer, or throws what the call throws.
ClientResponse call(AsyncClient& client, std::string method, std::string url,
                    RequestOptions options = {}) {
  return run(client.request(std::move(method), std::move(url), std::move(options)));
}

template <class Error>
std::string message_of(AsyncClient& client, std::string url, RequestOptions options = {}) {
  try {
    call(client, "GET", std::move(url), std::move(options));
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another: ") + error.what();
  }
  return "none";
}

struct Item {
  std::int64_t id;
  Str<min_length(2)> name;
};

bool has(const ClientResponse& response, std::string_view part) {
  return response.text().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a call has its parameters in the query, percent-encoded") {
  RunningServer server(mirror);
  AsyncClient client({.base_url = url_of(server) + "/v1/", .params = {{"key", "k"}}});
  const auto answer = call(client, "GET", "/items?page=2",
                           {.params = {{"q", "green tea & co"}, {"ü", "1+1=2"}, {"empty", ""}}});
  CHECK(answer.status_code == 200);
  CHECK(
      has(answer, "GET /v1/items?page=2&key=k&q=green%20tea%20%26%20co&%C3%BC=1%2B1%3D2&empty=\n"));
  CHECK(answer.url.starts_with(url_of(server) + "/v1/items?page=2&"));
  CHECK(answer.method == "GET");
  CHECK(answer.elapsed_us > 0);
  CHECK(answer.headers.get("content-type") == "text/plain; charset=utf-8");
  CHECK(has(call(client, "GET", "a b/ü?x y"), "GET /v1/a%20b/%c3%bc?x+y&key=k\n"));
  CHECK(has(call(client, "GET", "/empty?#part"), "GET /v1/empty?key=k\n"));
  CHECK(has(call(client, "GET", url_of(server) + "/other"), "GET /other?key=k\n"));
}

TEST_CASE("a call has the client's header fields, and its own in their place") {
  RunningServer server(mirror);
  AsyncClient client({.base_url = url_of(server), .headers = {{"X-One", "1"}, {"X-Two", "2"}}});
  const auto answer = call(client, "GET", "/", {.headers = {{"x-two", "3"}, {"x-none", ""}}});
  CHECK(has(answer, "x-one: 1\n"));
  CHECK(has(answer, "x-two: 3\n"));
  CHECK_FALSE(has(answer, "x-two: 2\n"));
  CHECK(has(answer, "x-none: \n"));
  CHECK(has(answer, "accept: */*\n"));
  CHECK(has(answer, "user-agent: plinth/"));
  CHECK(has(answer, "accept-encoding: gzip, deflate\n"));
  CHECK_FALSE(has(answer, "expect:"));
  CHECK_FALSE(has(answer, "content-type:"));
  CHECK_FALSE(has(answer, "traceparent:"));
}

TEST_CASE("bodies are JSON by the schema, forms, or bytes") {
  RunningServer server(mirror);
  AsyncClient client({.base_url = url_of(server)});
  const auto typed = call(client, "POST", "/", {.json = Item{.id = 7, .name = "tea"}});
  CHECK(has(typed, "content-type: application/json\n"));
  CHECK(has(typed, "\n\n{\"id\":7,\"name\":\"tea\"}"));
  CHECK(has(call(client, "PUT", "/", {.json = Json::object({{"a", 1}})}), "\n\n{\"a\":1}"));
  const auto form = call(client, "PATCH", "/", {.data = {{"a", "1 2"}, {"b", "&="}}});
  CHECK(has(form, "content-type: application/x-www-form-urlencoded\n"));
  CHECK(has(form, "\n\na=1+2&b=%26%3D"));
  const auto bytes =
      call(client, "POST", "/", {.headers = {{"content-type", "text/csv"}}, .content = "a,b\n"});
  CHECK(has(bytes, "content-type: text/csv\n"));
  CHECK(has(bytes, "content-length: 4\n"));
  CHECK(has(call(client, "POST", "/"), "content-length: 0\n"));
  CHECK(has(call(client, "DELETE", "/"), "DELETE /\n"));
  CHECK(call(client, "HEAD", "/").content.empty());
  CHECK_THROWS_AS(call(client, "POST", "/", {.json = Json(1), .content = "x"}), LocalProtocolError);
}

TEST_CASE("an answer is read by the schema, and its errors are told") {
  RunningServer server([](Request& request) -> Task<Response> {
    if (request.path == "/item") co_return Response::json(Json::parse(R"({"id":1,"name":"tea"})"));
    if (request.path == "/short") co_return Response::json(Json::parse(R"({"id":1,"name":"t"})"));
    co_return Response::text("no JSON", request.path == "/gone" ? 410 : 200);
  });
  AsyncClient client({.base_url = url_of(server)});
  auto item = call(client, "GET", "/item");
  CHECK(item.raise_for_status().json<Item>().id == 1);
  CHECK(item.json()["name"].str() == "tea");
  CHECK_THROWS_AS(call(client, "GET", "/short").json<Item>(), ValidationError);
  CHECK_THROWS_AS(call(client, "GET", "/text").json(), JsonError);
  const auto gone = call(client, "GET", "/gone?token=secret");
  CHECK(gone.is_error());
  try {
    gone.raise_for_status();
    FAIL("not thrown");
  } catch (const HttpStatusError& error) {
    CHECK(error.what() == "GET " + url_of(server) + "/gone: 410, the server refused");
    CHECK(error.response.content == "no JSON");
  }
}

namespace {

Task<Response> redirecting(Request& request, std::string other) {
  if (request.path == "/see-other") co_return Response::redirect("/end?x=1", 303);
  if (request.path == "/temporary") co_return Response::redirect("/end", 307);
  if (request.path == "/round") co_return Response::redirect("/round", 302);
  if (request.path == "/away") co_return Response::redirect(other + "/end", 302);
  Response file = Response::text("", 302);
  file.headers.set("location", "file:///etc/passwd");
  if (request.path == "/file") co_return file;
  co_return co_await mirror(request);
}

}  // namespace

TEST_CASE("redirects are followed when asked for, and lead secrets nowhere else") {
  RunningServer other(mirror);
  RunningServer server([&other](Request& request) { return redirecting(request, url_of(other)); });
  AsyncClient client({.base_url = url_of(server), .headers = {{"authorization", "Bearer t"}}});
  CHECK(call(client, "GET", "/see-other").status_code == 303);

  const auto seen =
      call(client, "POST", "/see-other", {.content = "body", .follow_redirects = true});
  CHECK(seen.method == "GET");
  CHECK(seen.url == url_of(server) + "/end?x=1");
  CHECK(seen.history == std::vector<std::string>{url_of(server) + "/see-other"});
  CHECK(has(seen, "GET /end?x=1\n"));
  CHECK(has(seen, "authorization: Bearer t\n"));
  CHECK_FALSE(has(seen, "body"));

  const auto kept =
      call(client, "POST", "/temporary", {.content = "body", .follow_redirects = true});
  CHECK(has(kept, "POST /end\n"));
  CHECK(has(kept, "\n\nbody"));

  const auto away = call(client, "GET", "/away", {.follow_redirects = true});
  CHECK(away.url == url_of(other) + "/end");
  CHECK_FALSE(has(away, "authorization"));

  CHECK(message_of<TooManyRedirects>(client, "/round", {.follow_redirects = true}) ==
        "GET " + url_of(server) + "/round: more than 20 redirects");
  CHECK(message_of<UnsupportedProtocol>(client, "/file", {.follow_redirects = true}) ==
        "\"file:///etc/passwd\": only http:// and https:// are called");
}

TEST_CASE("what is no call is refused before anything is sent") {
  AsyncClient client;
  CHECK(message_of<UnsupportedProtocol>(client, "file:///etc/passwd").starts_with("\"file:"));
  CHECK(message_of<UnsupportedProtocol>(client, "gopher://a/").starts_with("\"gopher:"));
  CHECK(message_of<UnsupportedProtocol>(client, "/path").find("no base_url") != std::string::npos);
  CHECK(message_of<InvalidUrl>(client, "http://a b/").find("is no URL") != std::string::npos);
  CHECK(message_of<InvalidUrl>(client, "http://a/\r\nx: y").find("is no URL") != std::string::npos);
  CHECK(message_of<InvalidUrl>(client, "http://").find("is no URL") != std::string::npos);
  for (const char* value : {"a\r\nx: y", "a\n", "a\r"}) {
    CHECK_THROWS_AS(call(client, "GET", "http://127.0.0.1:1/", {.headers = {{"x", value}}}),
                    LocalProtocolError);
  }
  CHECK_THROWS_AS(call(client, "GET", "http://127.0.0.1:1/", {.headers = {{"x y", "z"}}}),
                  LocalProtocolError);
  CHECK_THROWS_AS(call(client, "GET /x\r\n", "http://127.0.0.1:1/"), LocalProtocolError);
  CHECK_THROWS_AS(AsyncClient({.base_url = "ftp://a"}), UnsupportedProtocol);
}

TEST_CASE("a call never says itself how long its body is") {
  RunningServer server(mirror);
  AsyncClient client({.base_url = url_of(server)});
  const auto answer = call(
      client, "POST", "/",
      {.headers = {{"content-length", "1"}, {"transfer-encoding", "chunked"}}, .content = "abc"});
  CHECK(has(answer, "content-length: 3\n"));
  CHECK_FALSE(has(answer, "transfer-encoding"));
}

TEST_CASE("each way to fail has its own error, without the query") {
  AsyncClient client({.timeout_ms = 5000, .trust_env = false});
  CHECK(message_of<ConnectError>(client, "http://127.0.0.1:1/x?token=secret")
            .starts_with("GET http://127.0.0.1:1/x: "));
  const OddServer garbage("this is no HTTP\r\n\r\n");
  CHECK(message_of<TransportError>(client, garbage.url()).starts_with("GET " + garbage.url()));
  const OddServer nothing("", OddServer::Then::close);
  CHECK_THROWS_AS(call(client, "GET", nothing.url()), TransportError);
  const OddServer cut("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
  CHECK_THROWS_AS(call(client, "GET", cut.url()), RemoteProtocolError);
  std::string fields;
  for (int i = 0; i < 40; ++i) fields += "x: " + std::string(8'000, 'y') + "\r\n";
  const OddServer talkative("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
  CHECK(message_of<RemoteProtocolError>(client, talkative.url()).ends_with("too long"));
  const OddServer broken(
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc");
  CHECK_THROWS_AS(call(client, "GET", broken.url()), DecodingError);
}

TEST_CASE("a server that says nothing is given up") {
  AsyncClient client({.timeout_ms = 50, .trust_env = false});
  const OddServer silent("", OddServer::Then::hold);
  CHECK(message_of<ReadTimeout>(client, silent.url() + "/x") ==
        "GET " + silent.url() + "/x: the server sends nothing for 50 ms");
  const OddServer slow("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc", OddServer::Then::hold);
  CHECK_THROWS_AS(call(client, "GET", slow.url()), ReadTimeout);
  AsyncClient patient({.timeout_ms = 0, .total_ms_max = 50, .trust_env = false});
  CHECK_THROWS_AS(call(patient, "GET", silent.url()), ReadTimeout);
}

TEST_CASE("an answer has a bound, also when it is compressed") {
  App app;
  app.use(Gzip{.minimum_size = 1});
  RunningServer plain(
      [](Request&) -> Task<Response> { co_return Response::text(std::string(20'000, 'x')); });
  AsyncClient client({.response_bytes_max = 10'000, .trust_env = false});
  CHECK(message_of<ResponseTooLarge>(client, url_of(plain)).find("longer than 10000 bytes") !=
        std::string::npos);
  AsyncClient roomy({.response_bytes_max = 20'000, .trust_env = false});
  CHECK(call(roomy, "GET", url_of(plain)).content.size() == 20'000);
}

namespace {

Json zeros() { return Json(std::string(50'000, '0')); }

}  // namespace

TEST_CASE("compressed answers are decompressed, up to the bound") {
  App app;
  app.use(Gzip{.minimum_size = 1});
  app.get<zeros>("/zeros");
  RunningServer server(app);
  AsyncClient client({.base_url = url_of(server)});
  CHECK(call(client, "GET", "/zeros").content.size() == 50'002);
  AsyncClient narrow({.base_url = url_of(server), .response_bytes_max = 10'000});
  CHECK_THROWS_AS(call(narrow, "GET", "/zeros"), ResponseTooLarge);
}

TEST_CASE("a connection is used again, and no more are opened than allowed") {
  RunningServer server([](Request& request) -> Task<Response> {
    co_return Response::text(std::to_string(request.client_port));
  });
  AsyncClient client({.base_url = url_of(server), .max_connections = 2});
  CHECK(call(client, "GET", "/").content == call(client, "GET", "/").content);
  std::set<std::string> ports;
  run([](AsyncClient& caller, std::set<std::string>& seen) -> Task<void> {
    std::vector<Task<ClientResponse>> calls;
    for (int i = 0; i < 20; ++i) {
      calls.push_back(caller.get("/"));
      calls.back().start();
    }
    for (auto& each : calls) {
      while (!each.done()) co_await sleep_for(1);
      seen.insert(each.take().content);
    }
  }(client, ports));
  CHECK(ports.size() <= 3);
}

TEST_CASE("who waits too long for a connection is told so, and a dropped call frees its own") {
  const OddServer silent("", OddServer::Then::hold);
  RunningServer server(mirror);
  AsyncClient client({.timeout_ms = 0, .max_connections = 1, .queue_limit = 1, .trust_env = false});
  run([](AsyncClient& caller, std::string silent_url, std::string url) -> Task<void> {
    {
      auto holder = caller.get(silent_url);
      holder.start();
      bool timed_out = false;
      try {
        co_await caller.get(url, {.timeout_ms = 50});
      } catch (const PoolTimeout&) {
        timed_out = true;
      }
      CHECK(timed_out);
      auto waiting = caller.get(url);
      waiting.start();
      bool refused = false;
      try {
        co_await caller.get(url, {.timeout_ms = 60'000});
      } catch (const PoolTimeout& error) {
        refused = std::string_view(error.what()).find("too many calls") != std::string_view::npos;
      }
      CHECK(refused);
    }
    const auto answer = co_await caller.get(url);
    CHECK(answer.status_code == 200);
  }(client, silent.url(), url_of(server)));
}

TEST_CASE("a client that ends takes its calls along") {
  const OddServer silent("", OddServer::Then::hold);
  run([](std::string url) -> Task<void> {
    auto client = std::make_unique<AsyncClient>(AsyncClientOptions{.timeout_ms = 0});
    auto pending = client->get(url);
    pending.start();
    client.reset();
    while (!pending.done()) co_await sleep_for(1);
    CHECK_THROWS_AS(pending.take(), TransportError);
  }(silent.url()));
}

TEST_CASE("threads with loops of their own share a client") {
  RunningServer server(mirror, {.threads = 2});
  AsyncClient client({.base_url = url_of(server)});
  std::array<int, 4> answered{};
  std::vector<std::thread> threads;
  for (int& count : answered) {
    threads.emplace_back([&client, &count] {
      run([](AsyncClient& caller, int& seen) -> Task<void> {
        for (int i = 0; i < 50; ++i) {
          const auto answer = co_await caller.post("/", {.content = "x"});
          if (answer.status_code == 200) ++seen;
        }
      }(client, count));
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : answered) CHECK(count == 50);
}

TEST_CASE("a certificate is checked") {
  const support::Certificates certificates;
  const auto pair = certificates.issue("server");
  RunningServer server(mirror, {.ssl_certfile = pair.certificate, .ssl_keyfile = pair.key});
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  AsyncClient checking({.trust_env = false});
  CHECK_THROWS_AS(call(checking, "GET", url), ConnectError);
  AsyncClient knowing({.ca_file = certificates.authority(), .trust_env = false});
  CHECK(call(knowing, "GET", url).status_code == 200);
  AsyncClient careless({.verify = false, .trust_env = false});
  CHECK(call(careless, "GET", url).status_code == 200);
}

TEST_CASE("a proxy is asked when it is named, or when the environment names it") {
  RunningServer proxy(mirror);
  AsyncClient named({.proxy = url_of(proxy)});
  const auto answer = call(named, "GET", "http://api.invalid/x");
  CHECK(has(answer, "GET /x\n"));
  CHECK(has(answer, "host: api.invalid\n"));
  CHECK(answer.url == "http://api.invalid/x");

  ::setenv("http_proxy", url_of(proxy).c_str(), 1);
  AsyncClient trusting;
  CHECK(has(call(trusting, "GET", "http://127.0.0.1:1/y"), "GET /y\n"));
  AsyncClient wary({.trust_env = false});
  CHECK_THROWS_AS(call(wary, "GET", "http://127.0.0.1:1/y"), ConnectError);
  ::unsetenv("http_proxy");
}

TEST_CASE("inside of a trace a call carries it on") {
  RunningServer server(mirror);
  AsyncClient client({.base_url = url_of(server)});
  base::Trail trail;
  trail.trace_id = {.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};
  trail.span_id = 0x1111111111111111;
  const base::Context context{.trail = &trail};
  std::string seen;
  run([](AsyncClient& caller, const base::Context& in, std::string& text) -> Task<void> {
    auto answer = co_await base::in_context(in, caller.get("/"));
    text = answer.content;
  }(client, context, seen));
  CHECK(seen.find("traceparent: 00-0123456789abcdeffedcba9876543210-") != std::string::npos);
}

TEST_CASE("a function may answer in place of the network") {
  std::string asked;
  AsyncClient client({.base_url = "https://api.example.com"},
                     mock_transport([&asked](const ClientRequest& request) {
                       asked = request.method + " " + request.target() + " " + request.content;
                       return ClientResponse{.status_code = 201,
                                             .content = R"({"id":5,"name":"ab"})"};
                     }));
  const auto answer =
      call(client, "POST", "/items", {.params = {{"a", "1"}}, .json = Json::object({})});
  CHECK(asked == "POST /items?a=1 {}");
  CHECK(answer.status_code == 201);
  CHECK(answer.json<Item>().id == 5);
  CHECK(answer.url == "https://api.example.com/items?a=1");
}

TEST_CASE("a whole call has one time, over all its redirects") {
  base::freeze_clock(1'700'000'000'000'000);
  int hops = 0;
  AsyncClient client({.base_url = "http://api", .total_ms_max = 2500, .follow_redirects = true},
                     mock_transport([&hops](const ClientRequest&) {
                       ++hops;
                       base::advance_clock(1'000'000);
                       ClientResponse answer{.status_code = 302};
                       answer.headers.set("location", "/next");
                       return answer;
                     }));
  CHECK(message_of<ReadTimeout>(client, "/first").find("longer than 2500 ms") != std::string::npos);
  CHECK(hops == 3);
  base::release_clock();
}
