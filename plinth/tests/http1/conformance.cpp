// Runs every case of tests/conformance/http1.jsonl against the echo application, whole and byte by
// byte, over loopback.
//
// A case ends when its verdict is settled, so a slow machine is not a failing one; only the cases
// in which nothing may come are given a fixed time, and a slow machine cannot fail those.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "http1/cases.hpp"
#include "http1/sender.hpp"
#include "http1/verdict.hpp"
#include "plinth/server.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view canary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t byte_by_byte_max = 3'000;
constexpr auto patience = std::chrono::seconds(30);
constexpr auto silence = std::chrono::milliseconds(300);
constexpr unsigned client_count = 24;

struct Echo final : plinth::detail::Handler {
  plinth::Task<plinth::Response> handle(plinth::Request& request) override {
    co_return plinth::Response::text("P=" + request.path +
                                     ";L=" + std::to_string(request.body.size()));
  }
};

http1::Exchange exchange(const http1::Case& one, std::uint16_t port, bool byte_by_byte) {
  const bool wants_silence = one.expect.starts_with('W');
  const bool bare = one.no_canary || wants_silence;
  const int socket = http1::connect_to(port);
  auto data = one.raw;
  if (!bare) data += canary;
  http1::Sender sender(socket, std::move(data), one.half_close, byte_by_byte ? 1 : 65'536);
  http1::Exchange result;
  const auto end = Clock::now() + (wants_silence ? Clock::duration(silence) : patience);
  while (!http1::is_settled(one, result) && Clock::now() < end) {
    if (!sender.done()) sender.send_some();
    pollfd wait{.fd = socket, .events = POLLIN};
    if (!sender.done()) wait.events |= POLLOUT;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (::poll(&wait, 1, static_cast<int>(std::max<long>(0, left))) <= 0) continue;
    if (!(wait.revents & (POLLIN | POLLERR | POLLHUP))) continue;
    char buffer[65'536];
    const auto size = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) result.received.append(buffer, static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EAGAIN)) result.closed = true;
  }
  ::close(socket);
  return result;
}

struct Total {
  std::atomic<int> run = 0;
  std::atomic<int> passed = 0;
  std::atomic<int> strict = 0;
};

void run_mode(const std::vector<http1::Case>& cases, std::uint16_t port, bool byte_by_byte,
              Total& total) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i; (i = next++) < cases.size();) {
      const auto& one = cases[i];
      if (byte_by_byte && one.raw.size() > byte_by_byte_max) continue;
      const auto verdict = http1::judge(one, exchange(one, port, byte_by_byte));
      ++total.run;
      total.passed += verdict.pass;
      total.strict += verdict.strict;
      if (!verdict.pass || !verdict.strict) {
        std::printf("%s %s%s: expected %s, got %s: %s\n", verdict.pass ? "lenient" : "FAILED",
                    one.id.c_str(), byte_by_byte ? " byte by byte" : "", one.expect.c_str(),
                    verdict.kind.c_str(), one.description.c_str());
      }
    }
  };
  std::vector<std::thread> clients;
  for (unsigned i = 0; i < client_count; ++i) clients.emplace_back(work);
  for (auto& client : clients) client.join();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string path = count > 1 ? arguments[1] : PLINTH_TEST_DATA "/http1.jsonl";
  const auto cases = http1::load_cases(path);
  plinth::base::set_log_level(plinth::base::Level::error);
  Echo echo;
  plinth::Server server(echo, {.port = 0, .threads = 2});
  server.listen();
  std::thread serving([&] { server.run(); });
  Total whole;
  Total bytes;
  run_mode(cases, server.port(), false, whole);
  run_mode(cases, server.port(), true, bytes);
  server.stop();
  serving.join();
  std::printf("whole: %d of %d passed, %d strictly; byte by byte: %d of %d, %d strictly\n",
              whole.passed.load(), whole.run.load(), whole.strict.load(), bytes.passed.load(),
              bytes.run.load(), bytes.strict.load());
  const bool good = whole.run > 0 && whole.passed == whole.run && bytes.passed == bytes.run;
  return good ? 0 : 1;
}
