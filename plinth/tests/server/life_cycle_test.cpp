// Servers that stop and start under load: no request may be lost, nor shed, however slow the
// machine is. PLINTH_TEST_ROUNDS=20 asks for more rounds than a quick run has.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/leaving.hpp"
#include "base/log.hpp"
#include "server/listener.hpp"
#include "server/running_server.hpp"
#include "support/http_load.hpp"

using namespace plinth;
using namespace server_test;
using support::HttpLoad;

namespace {

struct QuietLog final : base::LogSink {
  QuietLog() : previous(base::set_log_sink(this)) {}
  ~QuietLog() override { base::set_log_sink(previous); }
  void write(const base::LogRecord&) noexcept override {}
  base::LogSink* previous;
};

int rounds(int usual) {
  const char* asked = std::getenv("PLINTH_TEST_ROUNDS");
  return asked ? std::atoi(asked) : usual;
}

// Larger than a socket's buffer, so that an answer takes several writes.
const std::string large(300'000, 'x');

Task<Response> work(Request& request) {
  if (request.path == "/ready") {
    co_return Response::text(base::is_leaving() ? "leaving" : "ready");
  }
  if (request.path == "/large") co_return Response::text(large);
  co_await sleep_for(1);
  co_return Response::text("done");
}

// A server of its own on a given port, beside others.
class Neighbour {
 public:
  explicit Neighbour(ServerOptions options) : handler_(work), server_(handler_, options) {
    server_.listen();
    thread_ = std::thread([this] { code_ = server_.run(); });
  }
  std::uint16_t port() const { return server_.port(); }
  int stop() {
    server_.stop();
    thread_.join();
    return code_;
  }

 private:
  FunctionHandler handler_;
  Server server_;
  std::thread thread_;
  int code_ = -1;
};

}  // namespace

TEST_CASE("a server that stops under load answers all it has accepted") {
  const QuietLog quiet;
  for (int round = 0; round < rounds(3); ++round) {
    RunningServer server(work, {.threads = 2, .queue_ms_max = 0});
    HttpLoad small(
        {.port = server.port(), .body = "done", .kept = 8, .fresh = 8, .server_ends = true});
    HttpLoad big({.port = server.port(),
                  .target = "/large",
                  .body = large,
                  .kept = 2,
                  .fresh = 2,
                  .server_ends = true});
    small.wait_for(200);
    big.wait_for(20);
    ::kill(::getpid(), SIGTERM);
    CHECK(server.wait() == 0);
    small.stop();
    big.stop();
    CHECK(small.lost() == "");
    CHECK(big.lost() == "");
  }
}

TEST_CASE("one server takes over from another on the same port, and no request is lost") {
  const QuietLog quiet;
  auto present = std::make_unique<Neighbour>(
      ServerOptions{.port = 0, .threads = 2, .reuse_port = true, .queue_ms_max = 0});
  const ServerOptions same{
      .port = present->port(), .threads = 2, .reuse_port = true, .queue_ms_max = 0};
  HttpLoad small({.port = same.port, .body = "done"});
  HttpLoad big({.port = same.port, .target = "/large", .body = large, .kept = 2, .fresh = 2});
  for (int round = 0; round < rounds(3); ++round) {
    small.wait_for(100);
    auto next = std::make_unique<Neighbour>(same);
    CHECK(present->stop() == 0);
    present = std::move(next);
  }
  small.wait_for(100);
  small.stop();
  big.stop();
  CHECK(small.lost() == "");
  CHECK(big.lost() == "");
  CHECK(present->stop() == 0);
}

TEST_CASE("a socket that others have too is left to them with all who wait in it") {
  const QuietLog quiet;
  const auto opened = server::open_listeners("127.0.0.1", 0, 1, false);
  const int socket = opened.sockets.front().socket;
  const ServerOptions options{.threads = 2, .sockets = {socket}, .queue_ms_max = 0};
  auto present = std::make_unique<Neighbour>(options);
  CHECK(present->port() == opened.port);
  HttpLoad load({.port = opened.port, .body = "done"});
  for (int round = 0; round < rounds(3); ++round) {
    load.wait_for(100);
    CHECK(present->stop() == 0);  // for a while nobody accepts
    present = std::make_unique<Neighbour>(options);
  }
  load.wait_for(100);
  load.stop();
  CHECK(load.lost() == "");
  CHECK(present->stop() == 0);
  ::close(socket);
  CHECK_THROWS_WITH_AS(server::adopt_listeners(std::vector{0}, 1),
                       doctest::Contains("cannot serve on file descriptor 0: "),
                       std::runtime_error);
}

TEST_CASE("in the drain delay a server accepts, and tells its clients and balancers to go") {
  const QuietLog quiet;
  RunningServer server(work, {.drain_delay_ms = 600'000});
  Client kept(server.port());
  CHECK(kept.get("/ready").body == "ready");
  ::kill(::getpid(), SIGTERM);
  std::string last;
  while (last != "leaving") {
    Client probe(server.port());
    last = probe.get("/ready").body;
  }
  const auto farewell = kept.get("/");
  CHECK(farewell.body == "done");
  CHECK(farewell.has("connection: close\r\n"));
  CHECK(kept.receive_all().empty());
  // The second signal ends the delay; what runs still comes to its end.
  Client running(server.port());
  running.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  ::kill(::getpid(), SIGTERM);
  CHECK(running.answer().body == "done");
  CHECK(server.wait() == 0);
}

TEST_CASE("a request that comes with the end of the idle time is answered") {
  const QuietLog quiet;
  RunningServer server(work, {.stop_idle_ms = 300'000});
  Client client(server.port());
  CHECK(client.get("/ready").body == "ready");
  server.server().stop();
  while (true) {  // until the server has stopped to accept
    try {
      Client probe(server.port());
    } catch (const std::runtime_error&) {
      break;
    }
  }
  const auto last = client.get("/ready");
  CHECK(last.body == "leaving");
  CHECK(last.has("connection: close\r\n"));
  client.close();
  CHECK(server.wait() == 0);
}
