// Many clients at once, most of whom want nothing, or go away in the middle: others are served, and
// afterwards all is as it was before. bench/overload has the full size, and the times.
#include <doctest/doctest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "plinth/plinth.hpp"
#include "server/running_server.hpp"

using namespace plinth;
using namespace server_test;

namespace {

struct Silence final : base::LogSink {
  Silence() : previous(base::set_log_sink(this)) {}
  ~Silence() override { base::set_log_sink(previous); }
  void write(const base::LogRecord&) noexcept override {}
  base::LogSink* previous;
};

struct Note {
  std::string text;
};

Json health() { return Json("up"); }
Note echo_note(Note note) { return note; }
Json large() { return Json(std::string(300'000, 'x')); }
Task<Json> endless() {
  co_await sleep_for(3'600'000);
  co_return Json("late");
}

App create_app() {
  App app;
  app.use(Gzip{.minimum_size = 1000});
  app.use(RequestId{});
  app.get<health>("/health");
  app.post<echo_note>("/notes");
  app.get<large>("/large");
  app.get<endless>("/endless");
  app.get<endless>("/deadline", {.deadline_ms = 1});
  return app;
}

std::size_t descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// What a client does that is no client of one's dreams; the connection's end is its own.
void misbehave(std::uint16_t port, int kind) {
  Client client(port);
  const std::string post = "POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  switch (kind) {
    case 0:
      CHECK(client.get("/health").status() == 200);
      break;
    case 1:
      client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").receive_bytes(1000);
      break;
    case 2:
      client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
      break;
    case 3:
      client.send(post + "900000\r\n\r\n" + std::string(500'000, 'a'));
      break;
    case 4:
      CHECK(client.send(post + "5000000\r\n\r\n").answer().status() == 413);
      break;
    case 5:
      CHECK(client.send(post + "3\r\n\r\n{\"t").answer().status() == 422);
      break;
    case 6:
      CHECK(client.send("GET / HTTP/1.1\r\n\r\n").answer().status() == 400);
      break;
    case 7:
      client.send("GET /heal");
      break;
    case 8:
      CHECK(client.get("/deadline").status() == 503);
      break;
    default:
      client.send(
          "GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(client.answer().status() == 200);
      CHECK(client.answer().status() == 404);
  }
}

void rounds(std::uint16_t port, int count) {
  for (int round = 0; round < count; ++round) {
    for (int kind = 0; kind < 10; ++kind) misbehave(port, kind);
  }
}

}  // namespace

TEST_CASE("a crowd that says nothing, or a byte now and then, keeps nobody from being served") {
  const Silence quiet;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  // Both ends are in this process.
  const auto many = std::min<std::size_t>(2'000, files.rlim_max / 2 - 200);
  auto app = create_app();
  RunningServer server(app);
  std::vector<std::unique_ptr<Client>> crowd;
  for (std::size_t i = 0; i < many; ++i) crowd.push_back(std::make_unique<Client>(server.port()));
  Client client(server.port());
  constexpr std::string_view header = "GET /health HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaa";
  for (const char c : header) {
    for (std::size_t i = 0; i < many; i += 10) crowd[i]->send({&c, 1});
    CHECK(client.get("/health").status() == 200);
    CHECK(Client(server.port()).get("/health").status() == 200);
  }
  // Whoever begins to talk is listened to.
  for (std::size_t i = 1; i < many; i += 100) CHECK(crowd[i]->get("/health").status() == 200);
}

TEST_CASE("after clients of all kinds there are as many descriptors and as much memory in use") {
  const Silence quiet;
  auto app = create_app();
  RunningServer server(app);
  CHECK(Client(server.port()).get("/health").status() == 200);
  const auto before = descriptors();
  // The server notices by and by that clients have left.
  const auto comes_down = [&] {
    for (int tries = 0; tries < 10'000 && descriptors() > before; ++tries) {
      CHECK(Client(server.port()).get("/health").status() == 200);
    }
    return descriptors() <= before;
  };
  rounds(server.port(), 20);
  CHECK(comes_down());
  const auto memory_before = ::mallinfo2().uordblks;
  rounds(server.port(), 100);
  CHECK(comes_down());
  // A thousand connections later: not a hundred bytes for each.
  CHECK(::mallinfo2().uordblks < memory_before + 100'000);
}
