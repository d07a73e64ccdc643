// What a server allows its clients: connections, memory, descriptors, time, turns.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <vector>

#include "base/log.hpp"
#include "base/process_metrics.hpp"
#include "server/address_counts.hpp"
#include "server/descriptors.hpp"
#include "server/running_server.hpp"

using namespace plinth;
using namespace server_test;

namespace {

struct Lines final : base::LogSink {
  Lines() : previous(base::set_log_sink(this)) {}
  ~Lines() override { base::set_log_sink(previous); }
  void write(const base::LogRecord& record) noexcept override {
    const std::lock_guard lock(mutex);
    lines.emplace_back(record.message);
  }
  auto count(std::string_view line) {
    const std::lock_guard lock(mutex);
    return std::ranges::count(lines, line);
  }
  base::LogSink* previous;
  std::mutex mutex;
  std::vector<std::string> lines;
};

// The soft limit of open files, while it lives.
struct OpenFiles {
  OpenFiles() { ::getrlimit(RLIMIT_NOFILE, &before); }
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;
  ~OpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before); }
  void set(rlim_t soft) const {
    const rlimit limit{.rlim_cur = soft, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  static rlim_t now() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }
  rlimit before{};
};

// How much a counter of refusals grows while it lives.
struct Refusals {
  Refusals(base::MetricFamily& family, const char* reason)
      : child(family.with({reason})), before(child.sum(0)) {}
  double count() const { return child.sum(0) - before; }
  base::MetricChild& child;
  const double before;
};

bool is_refused(const Client::Answer& answer) {
  return answer.status() == 503 && answer.has("\r\nretry-after: 1\r\n") &&
         answer.has("\r\nconnection: close\r\n");
}

}  // namespace

TEST_CASE("one address has so many connections, and others once they are closed") {
  const Lines log;
  const Refusals refusals(base::process_metrics().connections_refused,
                          "connections_per_address_max");
  RunningServer server(echo, {.connections_per_address_max = 2});
  Client one(server.port());
  Client two(server.port());
  CHECK(one.get("/1").status() == 200);
  CHECK(two.get("/2").status() == 200);
  CHECK(is_refused(Client(server.port()).answer()));
  CHECK(refusals.count() == 1);
  CHECK(two.get("/2").status() == 200);
  one.close();
  // The server learns of it by and by.
  int status = 0;
  for (int tries = 0; tries < 10'000 && status != 200; ++tries) {
    status = Client(server.port()).get("/3").status();
  }
  CHECK(status == 200);
}

TEST_CASE("an address is one whatever its port, an IPv6 one its /64") {
  server::AddressCounts counts;
  const auto enter = [&](const char* text) {
    return counts.enter(boost::asio::ip::make_address(text), 1);
  };
  auto four = enter("192.0.2.1");
  CHECK(four.first);
  CHECK_FALSE(enter("192.0.2.1").first);
  CHECK_FALSE(enter("::ffff:192.0.2.1").first);
  CHECK(enter("192.0.2.2").first);
  const auto six = enter("2001:db8:0:1::1");
  CHECK(six.first);
  CHECK_FALSE(enter("2001:db8:0:1:ffff::2").first);
  CHECK(enter("2001:db8:0:2::1").first);
  {
    const auto moved = std::move(four.second);
  }
  CHECK(enter("192.0.2.1").first);
}

TEST_CASE("bodies that are being received share so much memory") {
  const Lines log;
  RunningServer server(echo, {.body_memory_max = 100'000});
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
  Client first(server.port());
  first.send(head + std::string(59'000, 'a'));
  // The one loop has read the first body when it has answered this many.
  Client other(server.port());
  for (int i = 0; i < 200; ++i) CHECK(other.get("/").status() == 200);
  Client second(server.port());
  second.send(head + std::string(59'000, 'a'));
  CHECK(is_refused(second.answer()));
  CHECK(first.send(std::string(1'000, 'a')).answer().body == "POST /x 60000");
  CHECK(other.send(head + std::string(60'000, 'a')).answer().body == "POST /x 60000");
  // What a client leaves behind when it goes is given back too.
  for (int i = 0; i < 20; ++i) Client(server.port()).send(head + std::string(59'000, 'a'));
  Client last(server.port());
  int status = 503;
  for (int tries = 0; tries < 10'000 && status == 503; ++tries) {
    status = Client(server.port()).send(head + std::string(60'000, 'a')).answer().status();
  }
  CHECK(status == 200);
}

TEST_CASE("answers that wait for their clients share so much memory") {
  const Lines log;
  const Refusals refusals(base::process_metrics().requests_refused, "answer_memory");
  constexpr std::size_t bytes = 40'000'000;
  static const auto page = std::string().append(bytes, 's');
  RunningServer server(
      [](Request& request) -> Task<Response> {
        auto response = Response::text(std::string().append(bytes, 'x'));
        if (request.path == "/static") response.static_body = page;
        co_return response;
      },
      {.answer_memory_max = 60'000'000});
  Client slow(server.port());
  slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  slow.receive_until("\r\n\r\n");  // more than the kernel holds is on the way
  Client other(server.port());
  const auto refused = other.get("/other");
  CHECK(refused.status() == 503);
  CHECK_FALSE(refused.has("retry-after"));
  CHECK(refusals.count() == 1);
  CHECK(other.get("/static").body.size() == page.size());
  CHECK(slow.receive_bytes(40'000'000).size() == 40'000'000);
  CHECK(slow.get("/slow").body.size() == 40'000'000);
  CHECK(other.get("/other").body.size() == 40'000'000);
  // What a client leaves behind when it goes is given back.
  slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  slow.receive_until("\r\n\r\n");
  slow.close();
  int status = 503;
  for (int tries = 0; tries < 10'000 && status == 503; ++tries) status = other.get("/x").status();
  CHECK(status == 200);
}

TEST_CASE(
    "without a descriptor left, those who are in are served and those who wait come in later") {
  Lines log;
  const OpenFiles files;
  RunningServer server(echo);
  Client in(server.port());
  CHECK(in.get("/in").status() == 200);
  const int next = ::dup(0);
  ::close(next);
  files.set(static_cast<rlim_t>(next) + 1);  // the next one is the last
  Client waiting(server.port());
  waiting.send("GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n");
  while (log.count("cannot accept a connection") == 0) CHECK(in.get("/in").status() == 200);
  for (int i = 0; i < 1'000; ++i) CHECK(in.get("/in").status() == 200);
  files.set(files.before.rlim_cur);
  CHECK(waiting.answer().body == "GET /waiting 0");
  CHECK(log.count("cannot accept a connection") == 1);
}

TEST_CASE("the limit of open files is raised for connections, or they are fewer") {
  Lines log;
  const OpenFiles files;
  files.set(300);
  CHECK(server::fit_connections(500) == 500);
  CHECK(OpenFiles::now() >= 756);
  CHECK(log.count("the limit of open files allows fewer connections") == 0);
  const auto hard = static_cast<std::size_t>(files.before.rlim_max);
  if (files.before.rlim_max != RLIM_INFINITY) {
    const auto fitting = server::fit_connections(hard);
    CHECK(fitting < hard);
    CHECK(fitting > hard / 2);
    CHECK(log.count("the limit of open files allows fewer connections") == 1);
  }
}

TEST_CASE("a client that takes an answer too slowly is let go before its end") {
  const Lines log;
  constexpr std::size_t size = 32'000'000;
  RunningServer server(
      [](Request&) -> Task<Response> { co_return Response::text(std::string(size, 'x')); },
      {.write_timeout_ms = 200, .write_bytes_per_second_min = 1'000'000'000});
  Client slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  slow.receive_until("\r\n\r\n");
  std::size_t taken = 0;
  // Some every millisecond: never so long without a byte that this alone would end it.
  for (std::size_t more = 1; more > 0; taken += more) {
    more = slow.receive_bytes(4096).size();
    ::usleep(1'000);
  }
  CHECK(taken < size);
}

namespace {

// The first handler of the pipeline holds the loop until another client has asked, too.
struct Order {
  std::mutex mutex;
  std::condition_variable changed;
  bool asked = false;
  std::atomic<int> pipelined = 0;
  int before_other = -1;
};

}  // namespace

TEST_CASE("a client that pipelines lets others have their turn") {
  const Lines log;
  Order order;
  RunningServer server([&order](Request& request) -> Task<Response> {
    if (request.path == "/other") {
      order.before_other = order.pipelined;
    } else if (request.path == "/pipelined" && order.pipelined++ == 0) {
      std::unique_lock lock(order.mutex);
      order.changed.wait(lock, [&] { return order.asked; });
    }
    co_return Response::text("ok");
  });
  Client other(server.port());
  CHECK(other.get("/hello").status() == 200);
  Client many(server.port());
  std::string all;
  constexpr int count = 100;  // that fit into the first buffer
  for (int i = 0; i < count; ++i) all += "GET /pipelined HTTP/1.1\r\nHost: a\r\n\r\n";
  many.send(all);
  while (order.pipelined == 0) CHECK(true);
  other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
  {
    const std::lock_guard lock(order.mutex);
    order.asked = true;
  }
  order.changed.notify_one();
  CHECK(other.answer().status() == 200);
  for (int i = 0; i < count; ++i) CHECK(many.answer().status() == 200);
  CHECK(order.before_other > 0);
  CHECK(order.before_other < count);
}

TEST_CASE("who waited too long for an overloaded loop is refused, a probe never") {
  Lines log;
  const Refusals refusals(base::process_metrics().requests_refused, "queue_time");
  std::atomic<int> begun = 0;
  RunningServer server(
      [&](Request& request) -> Task<Response> {
        if (request.path == "/work") {
          ++begun;
          ::usleep(10'000);  // stands for work on the loop
        }
        co_return Response::text("ok");
      },
      {.queue_ms_max = 20});
  constexpr int count = 12;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(server.port()));
  Client probe(server.port());
  int refused = 0;
  int answered = 0;
  for (int round = 0; round < 1'000 && (refused == 0 || answered == 0); ++round) {
    for (auto& client : clients) client->send("GET /work HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(probe.get("/health").status() == 200);
    for (auto& client : clients) {
      const auto answer = client->answer();
      const int status = answer.status();
      CHECK((status == 200 || status == 503));
      answered += status == 200;
      refused += status == 503;
      if (status == 503) CHECK(answer.has("\r\nretry-after: 1\r\n"));
    }
  }
  CHECK(refused > 0);
  CHECK(refusals.count() == refused);
  CHECK(begun == answered);  // nothing is done for the refused
  CHECK(log.count("overloaded: requests that waited too long are refused") >= 1);
  // Alone, a client is served again.
  int status = 0;
  for (int tries = 0; tries < 1'000 && status != 200; ++tries) {
    status = clients.front()->get("/work").status();
  }
  CHECK(status == 200);
}
