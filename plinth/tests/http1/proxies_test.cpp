// The cases of tests/conformance/http1.jsonl through real proxies: whatever a proxy makes of a
// client's bytes, the server must make the same requests of the proxy's. Connections to the server
// are shared by clients, so a request that only one of the two sees would be answered to somebody
// else.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "http1/cases.hpp"
#include "http1/sender.hpp"
#include "server/running_server.hpp"
#include "support/proxy.hpp"

using namespace plinth;
using support::Proxy;

namespace {

constexpr std::string_view canary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr int silence_ms = 300;
constexpr unsigned client_count = 24;

struct Seen {
  std::string id;
  std::string method;
  std::size_t ids;  // how many fields of that name
};

// What the server's handler was asked.
class Requests {
 public:
  void add(const Request& request) {
    Seen seen{.id = {}, .method = std::string(request.method), .ids = 0};
    for (const auto& [name, value] : request.headers) {
      if (name != "x-req-id") continue;
      seen.id = value;
      ++seen.ids;
    }
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(seen));
  }
  std::vector<Seen> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Seen> all_;
};

// Sends it all and listens until there is nothing more to hear; what the answers say is judged
// elsewhere.
void play(const http1::Case& one, std::uint16_t port, bool byte_by_byte) {
  const int socket = http1::connect_to(port);
  auto data = one.raw;
  if (!one.no_canary && !one.expect.starts_with('W')) data += canary;
  http1::Sender sender(socket, std::move(data), one.half_close, byte_by_byte ? 1 : 65'536);
  for (bool closed = false; !closed;) {
    if (!sender.done()) sender.send_some();
    pollfd wait{.fd = socket, .events = POLLIN};
    if (!sender.done()) wait.events |= POLLOUT;
    if (::poll(&wait, 1, silence_ms) == 0) break;
    if (!(wait.revents & (POLLIN | POLLERR | POLLHUP))) continue;
    char buffer[65'536];
    const auto size = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    closed = size == 0 || (size < 0 && errno != EAGAIN);
  }
  ::close(socket);
}

void play_all(const std::vector<http1::Case>& cases, std::uint16_t port) {
  constexpr std::size_t byte_by_byte_max = 3'000;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < cases.size();) {
      play(cases[i], port, false);
      if (cases[i].raw.size() <= byte_by_byte_max) play(cases[i], port, true);
    }
  };
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < client_count; ++i) clients.emplace_back(work);
  for (auto& client : clients) client.join();
}

struct Errors final : base::LogSink {
  Errors() : previous(base::set_log_sink(this)) {}
  ~Errors() override { base::set_log_sink(previous); }
  void write(const base::LogRecord&) noexcept override {}
  base::LogSink* previous;
};

void check_through(Proxy::Kind kind) {
  const Errors quiet;
  Requests requests;
  server_test::RunningServer server(
      [&requests](Request& request) -> Task<Response> {
        requests.add(request);
        co_return Response::text("P=" + request.path + ";L=" + std::to_string(request.body.size()));
      },
      {.threads = 2, .keep_alive_timeout_ms = 60'000});
  Proxy proxy(kind, server.port());
  play_all(http1::load_cases(PLINTH_TEST_DATA "/http1.jsonl"), proxy.port());
  auto forwarded = proxy.stop();
  server.stop();

  auto seen = requests.take();
  std::erase_if(forwarded, [](const auto& one) { return one.status != 200; });
  CHECK(seen.size() > 100);
  CHECK(seen.size() == forwarded.size());
  std::ranges::sort(seen, {}, &Seen::id);
  std::ranges::sort(forwarded, {}, &Proxy::Forwarded::id);
  for (std::size_t i = 0; i < std::min(seen.size(), forwarded.size()); ++i) {
    CHECK(seen[i].ids == 1);
    CHECK(seen[i].id == forwarded[i].id);
    CHECK(seen[i].method == forwarded[i].method);
    if (i > 0) CHECK(seen[i].id != seen[i - 1].id);
  }
}

}  // namespace

TEST_CASE("behind nginx the server answers the requests that nginx forwarded, each once") {
  if (!Proxy::is_installed(Proxy::Kind::nginx)) {
    MESSAGE("skipped: nginx is not installed; run scripts/bootstrap --test");
    return;
  }
  check_through(Proxy::Kind::nginx);
}

TEST_CASE("behind HAProxy the server answers the requests that HAProxy forwarded, each once") {
  if (!Proxy::is_installed(Proxy::Kind::haproxy)) {
    MESSAGE("skipped: haproxy is not installed; run scripts/bootstrap --test");
    return;
  }
  check_through(Proxy::Kind::haproxy);
}
