#include "plinth/server.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>

#include "base/log.hpp"
#include "plinth/error.hpp"
#include "server/running_server.hpp"

using namespace plinth;
using namespace server_test;

namespace {

struct QuietLog final : base::LogSink {
  QuietLog() : previous(base::set_log_sink(this)) {}
  ~QuietLog() override { base::set_log_sink(previous); }
  void write(const base::LogRecord& record) noexcept override {
    if (record.level >= base::Level::error) ++errors;
  }
  base::LogSink* previous;
  std::atomic<int> errors = 0;
};

std::string post(std::string_view path, std::string_view fields, std::string_view body = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

Task<Response> slow_echo(Request& request) {
  co_await sleep_for(1);
  co_return co_await echo(request);
}

}  // namespace

TEST_CASE("a response has date, server, length and type, and the connection stays") {
  const QuietLog quiet;
  RunningServer server(echo);
  Client client(server.port());
  const auto one = client.get("/one");
  CHECK(one.head.starts_with("HTTP/1.1 200 OK\r\ndate: "));
  CHECK(
      one.has(" GMT\r\nserver: plinth\r\ncontent-length: 10\r\n"
              "content-type: text/plain; charset=utf-8\r\n\r\n"));
  CHECK(one.body == "GET /one 0");
  CHECK(client.get("/two").body == "GET /two 0");
}

TEST_CASE("pipelined requests are answered in order, whether their handlers wait or not") {
  const QuietLog quiet;
  RunningServer server([](Request& request) {
    return request.path == "/slow" ? slow_echo(request) : echo(request);
  });
  Client client(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += post(i % 3 == 0 ? "/slow" : "/fast", "Content-Length: 2\r\n", "ab");
  }
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    CHECK(client.answer().body == (i % 3 == 0 ? "POST /slow 2" : "POST /fast 2"));
  }
}

TEST_CASE("HEAD has the length without the body") {
  const QuietLog quiet;
  RunningServer server(echo);
  Client client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.answer(true).has("content-length: 9\r\n"));
  CHECK(client.get("/y").body == "GET /y 0");
}

TEST_CASE("204 and 304 have neither body nor length") {
  const QuietLog quiet;
  RunningServer server([](Request& request) -> Task<Response> {
    co_return Response::text("ignored", request.path == "/304" ? 304 : 204);
  });
  Client client(server.port());
  CHECK_FALSE(client.get("/204").has("content-length"));
  CHECK(client.get("/304").head.starts_with("HTTP/1.1 304 Not Modified\r\n"));
}

TEST_CASE("a large body goes out whole, also to a slow reader") {
  const QuietLog quiet;
  RunningServer server(
      [](Request&) -> Task<Response> { co_return Response::text(std::string(8'000'000, 'x')); });
  Client client(server.port());
  CHECK(client.get("/").body == std::string(8'000'000, 'x'));
  CHECK(client.get("/").body.size() == 8'000'000);
}

TEST_CASE("the handler's fields are sent, framing is the server's") {
  const QuietLog quiet;
  RunningServer server([](Request&) -> Task<Response> {
    auto response = Response::text("x", 201);
    response.headers.append("location", "/y");
    response.headers.append("content-length", "99");
    response.headers.append("set-cookie", "a=1");
    response.headers.append("set-cookie", "b=2");
    co_return response;
  });
  const auto answer = Client(server.port()).get("/");
  CHECK(answer.head.starts_with("HTTP/1.1 201 Created\r\n"));
  CHECK(answer.has("content-length: 1\r\n"));
  CHECK(answer.has("location: /y\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"));
  CHECK_FALSE(answer.has("99"));
}

TEST_CASE("what a handler throws is a 500, logged, and the connection goes on") {
  QuietLog log;
  RunningServer server([](Request& request) -> Task<Response> {
    if (request.path == "/now") throw std::runtime_error("at once");
    return [](Request& r) -> Task<Response> {
      co_await sleep_for(0);
      if (r.path == "/later") throw std::runtime_error("later");
      auto response = Response::text("x");
      response.headers.append("x-split", "a\r\nset-cookie: b");
      co_return response;
    }(request);
  });
  Client client(server.port());
  for (const auto* path : {"/now", "/later", "/split"}) {
    const auto answer = client.get(path);
    CHECK(answer.status() == 500);
    CHECK(answer.body == "Internal Server Error");
    CHECK_FALSE(answer.has("set-cookie"));
  }
  CHECK(log.errors == 3);
}

TEST_CASE("100 Continue is sent when the body will be read") {
  const QuietLog quiet;
  RunningServer server(echo, {.body_bytes_max = 10});
  Client client(server.port());
  client.send(post("/", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  CHECK(client.answer().body == "POST / 5");
  client.send(post("/", "Expect: 100-continue\r\nContent-Length: 11\r\n"));
  const auto refused = client.answer();
  CHECK(refused.status() == 413);
  CHECK(refused.body == "Content Too Large");
  CHECK(refused.has("connection: close\r\n"));
}

TEST_CASE("a handler may allow one path more body than another") {
  const QuietLog quiet;
  struct Uploads final : detail::Handler {
    Task<Response> handle(Request& request) override { return echo(request); }
    std::size_t body_limit(const Request& request, std::size_t usual) override {
      return request.path == "/upload" ? 100'000 : usual;
    }
  } handler;
  Server server(handler, {.port = 0, .threads = 1, .body_bytes_max = 10});
  server.listen();
  std::thread thread([&] { server.run(); });
  const std::string body(100'000, 'x');
  CHECK(Client(server.port())
            .send(post("/upload", "Content-Length: 100000\r\n", body))
            .answer()
            .body == "POST /upload 100000");
  CHECK(
      Client(server.port()).send(post("/", "Content-Length: 100000\r\n", body)).answer().status() ==
      413);
  server.stop();
  thread.join();
}

TEST_CASE("malformed requests are answered and end the connection") {
  const QuietLog quiet;
  RunningServer server(echo);
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto all = client.receive_all();
  CHECK(all.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(all.ends_with("connection: close\r\n\r\nInvalid HTTP request received."));
}

TEST_CASE("background work runs after the response") {
  const QuietLog quiet;
  std::atomic<int> order = 0;
  std::atomic<int> done_at = 0;
  RunningServer server([&](Request&) -> Task<Response> {
    auto response = Response::text("sent");
    response.background.add_task([] { throw std::runtime_error("logged"); });
    response.background.add_task([&]() -> Task<> {
      co_await sleep_for(1);
      done_at = ++order;
    });
    co_return response;
  });
  Client client(server.port());
  CHECK(client.get("/").body == "sent");
  CHECK(server.stop() == 0);
  CHECK(done_at == 1);
}

TEST_CASE("a handler is cancelled when its client leaves") {
  const QuietLog quiet;
  struct Noted {
    std::atomic<int>& count;
    explicit Noted(std::atomic<int>& to) : count(to) {}
    ~Noted() { ++count; }
  };
  std::atomic<bool> begun = false;
  std::atomic<int> ended = 0;
  std::atomic<bool> finished = false;
  RunningServer server([&](Request& request) -> Task<Response> {
    if (request.path == "/fast") return echo(request);
    return [](std::atomic<bool>& b, std::atomic<int>& e, std::atomic<bool>& f) -> Task<Response> {
      const Noted noted(e);
      b = true;
      co_await sleep_for(600'000);
      f = true;
      co_return Response::text("never");
    }(begun, ended, finished);
  });
  Client client(server.port());
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /more HTTP/1.1\r\nHo");
  while (!begun) std::this_thread::yield();
  client.send("st: a\r\n\r\n");
  client.close();
  while (ended == 0) std::this_thread::yield();
  CHECK_FALSE(finished);
  CHECK(Client(server.port()).get("/fast").status() == 200);
}

TEST_CASE("a client that closes its sending side is answered") {
  const QuietLog quiet;
  RunningServer quick(echo);
  Client client(quick.port());
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").half_close();
  CHECK(client.receive_all().ends_with("GET /a 0"));

  RunningServer slow(slow_echo, {.half_close = true});
  Client patient(slow.port());
  patient.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").half_close();
  CHECK(patient.receive_all().ends_with("GET /b 0"));
}

TEST_CASE("clients that are too slow are told so and let go") {
  const QuietLog quiet;
  RunningServer server(echo, {.header_timeout_ms = 1,
                              .keep_alive_timeout_ms = 1,
                              .body_grace_ms = 1,
                              .body_bytes_per_second_min = 1'000'000});
  CHECK(Client(server.port()).receive_all().empty());
  Client header(server.port());
  header.send("GET / HTTP/1.1\r\nHost");
  CHECK(header.receive_all().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  Client body(server.port());
  body.send(post("/", "Content-Length: 5\r\n", "h"));
  CHECK(body.receive_all().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  Client idle(server.port());
  idle.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(idle.receive_all().ends_with("GET /x 0"));
}

TEST_CASE("a client that does not read is let go") {
  const QuietLog quiet;
  RunningServer server(
      [](Request&) -> Task<Response> {
        std::string body;
        body.resize(20'000'000, 'x');
        co_return Response::text(std::move(body));
      },
      {.write_timeout_ms = 1});
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.stop() == 0);  // which waits for the connection
  CHECK(client.receive_all().size() < 20'000'000);
}

TEST_CASE("one connection too many is refused with 503") {
  const QuietLog quiet;
  RunningServer server(echo, {.connections_max = 1});
  Client first(server.port());
  CHECK(first.get("/").status() == 200);
  Client second(server.port());
  CHECK(second.receive_all().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(first.get("/").status() == 200);
}

TEST_CASE("a stopping server finishes what runs, closes what is idle, and takes nothing new") {
  const QuietLog quiet;
  std::atomic<bool> begun = false;
  std::atomic<bool> go_on = false;
  RunningServer server(
      [&](Request& request) -> Task<Response> {
        if (request.path == "/idle") co_return co_await echo(request);
        begun = true;
        while (!go_on) co_await sleep_for(1);
        co_return co_await echo(request);
      },
      {.threads = 2});
  Client idle(server.port());
  CHECK(idle.get("/idle").status() == 200);
  Client busy(server.port());
  busy.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n");
  while (!begun) std::this_thread::yield();
  server.server().stop();
  CHECK(idle.receive_all().empty());
  go_on = true;
  const auto answer = busy.receive_all();
  CHECK(answer.ends_with("GET /busy 0"));
  CHECK(answer.find("connection: close\r\n") != answer.npos);
  busy.close();
  CHECK(server.wait() == 0);
  CHECK_THROWS(Client(server.port()));
}

TEST_CASE("a second signal ends at once what the first one waits for") {
  const QuietLog quiet;
  std::atomic<bool> begun = false;
  RunningServer server([&](Request&) -> Task<Response> {
    begun = true;
    co_await sleep_for(600'000);
    co_return Response::text("never");
  });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (!begun) std::this_thread::yield();
  ::kill(::getpid(), SIGTERM);
  // Both may be pending when the server looks; then they are one. Connecting fails once the first
  // was heard.
  for (bool heard = false; !heard;) {
    try {
      Client probe(server.port());
    } catch (const std::runtime_error&) {
      heard = true;
    }
  }
  ::kill(::getpid(), SIGINT);
  CHECK(server.wait() == 0);
  CHECK(client.receive_all().empty());
}

TEST_CASE("the end of the grace period cuts off what still runs") {
  const QuietLog quiet;
  std::atomic<bool> begun = false;
  RunningServer server(
      [&](Request&) -> Task<Response> {
        begun = true;
        co_await sleep_for(600'000);
        co_return Response::text("never");
      },
      {.threads = 2, .grace_period_ms = 1});
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (!begun) std::this_thread::yield();
  CHECK(server.stop() == 0);
}

TEST_CASE("a port in use is one line and exit code 1") {
  QuietLog log;
  RunningServer server(echo);
  FunctionHandler handler(echo);
  Server second(handler, {.port = server.port()});
  CHECK_THROWS_WITH_AS(second.listen(),
                       ("cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
                        ": the port is in use by another process")
                           .c_str(),
                       std::runtime_error);
  CHECK(second.run() == 1);
  CHECK(log.errors == 1);
  Server sharing(handler, {.port = server.port(), .reuse_port = true});
  CHECK_NOTHROW(sharing.listen());
  Server nowhere(handler, {.host = "no such host"});
  CHECK(nowhere.run() == 1);
}

TEST_CASE("a server that is stopped before it runs ends at once") {
  const QuietLog quiet;
  FunctionHandler handler(echo);
  Server server(handler, {.port = 0, .threads = 2});
  server.stop();
  CHECK(server.run() == 0);
}

TEST_CASE("a handler starts before its first request and shuts down after its last") {
  struct Living final : detail::Handler {
    Task<void> startup() override {
      co_await sleep_for(1);
      life += "started ";
    }
    Task<void> shutdown() override {
      co_await sleep_for(1);
      life += "shut down";
    }
    Task<Response> handle(Request& request) override {
      life += "asked ";
      return echo(request);
    }
    std::string life;
  };
  const QuietLog quiet;
  Living handler;
  Server server(handler, {.port = 0, .threads = 2});
  server.listen();
  int code = -1;
  std::thread serving([&] { code = server.run(); });
  CHECK(Client(server.port()).get("/").status() == 200);
  server.stop();
  serving.join();
  CHECK(code == 0);
  CHECK(handler.life == "started asked shut down");
}

TEST_CASE("a handler that does not start is one line and exit code 1") {
  struct Failing final : detail::Handler {
    Task<void> startup() override {
      throw std::runtime_error("no database");
      co_return;
    }
    Task<void> shutdown() override {
      ++shutdowns;
      co_return;
    }
    Task<Response> handle(Request& request) override { return echo(request); }
    int shutdowns = 0;
  };
  const QuietLog quiet;
  Failing handler;
  CHECK(Server(handler, {.port = 0, .threads = 2}).run() == 1);
  CHECK(quiet.errors == 1);
  CHECK(handler.shutdowns == 0);
}
