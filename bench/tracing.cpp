// What tracing costs a request: the same server with tracing off, at 1 % and of everything, in
// rounds that alternate. The collector is in this process, so its work counts too. Of the server's
// CPU: the process's less the clients'. Prints requests a second and microseconds of CPU each.
// Usage: bench_tracing [rounds [seconds [clients]]]
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "plinth/plinth.hpp"
#include "plinth/server.hpp"
#include "plinth/tracing.hpp"
#include "support/http_client.hpp"

namespace bench {

namespace {

using namespace plinth;
using Clock = std::chrono::steady_clock;

Json health() { return Json::object({{"status", "ok"}}); }

int get_limit(Query<"limit", Int<defaults_to(20)>> limit) { return static_cast<int>(*limit); }
Json items(Depends<get_limit> limit, Query<"q", Str<defaults_to("")>> q) {
  Json list = Json::array({});
  for (int i = 0; i < *limit; ++i) list.push_back(Json::object({{"id", i}, {"name", *q}}));
  return list;
}

struct Sink final : detail::Handler {
  Task<Response> handle(Request&) override { co_return Response{.body = "{}"}; }
};

class Running {
 public:
  Running(detail::Handler& handler, unsigned threads)
      : server_(handler, {.port = 0, .threads = threads}) {
    server_.listen();
    thread_ = std::thread([this] { server_.run(); });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    server_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  Server server_;
  std::thread thread_;
};

double cpu_seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Measured {
  double requests_a_second;
  double cpu_us;  // of the server, a request
};

Measured measure(std::uint16_t port, const char* path, int clients, double seconds) {
  std::atomic<std::size_t> requests = 0;
  std::atomic<double> clients_cpu = 0;
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  const auto cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto end = begin + std::chrono::duration<double>(seconds);
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&, end] {
      support::HttpClient client(port);
      std::size_t mine = 0;
      for (; Clock::now() < end; ++mine) {
        if (client.request("GET", path).status != 200) std::abort();
      }
      requests += mine;
      clients_cpu += cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before - clients_cpu;
  const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto count = static_cast<double>(requests);
  return {count / took, cpu * 1e6 / count};
}

std::optional<Tracing> traced(const char* ratio, std::uint16_t collector) {
  if (!ratio) return std::nullopt;
  return configure_tracing({.endpoint = "http://127.0.0.1:" + std::to_string(collector),
                            .service_name = "bench",
                            .sampler = "parentbased_traceidratio",
                            .sampler_arg = ratio,
                            .schedule_delay_ms = 100,
                            .max_queue_size = 65'536});
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Way {
  const char* name;
  const char* ratio;  // null: no tracing
  std::vector<double> rates = {};
  std::vector<double> cpu = {};
  std::vector<double> cost = {};  // of CPU, beside the same round without
};

void compare(const char* path, std::uint16_t port, std::uint16_t collector, int rounds,
             double seconds, int clients) {
  Way ways[] = {{"off", nullptr}, {"1 %", "0.01"}, {"all", "1"}};
  measure(port, path, clients, 0.5);
  for (int round = 0; round < rounds; ++round) {
    double without = 0;
    for (auto& way : ways) {
      const auto tracing = traced(way.ratio, collector);
      const auto measured = measure(port, path, clients, seconds);
      if (!way.ratio) without = measured.cpu_us;
      way.rates.push_back(measured.requests_a_second);
      way.cpu.push_back(measured.cpu_us);
      way.cost.push_back(measured.cpu_us / without);
    }
  }
  for (const auto& way : ways) {
    std::printf("%-8s tracing %-4s %9.0f/s %8.2f us of CPU a request, %6.3f times\n", path,
                way.name, median(way.rates), median(way.cpu), median(way.cost));
  }
}

}  // namespace

}  // namespace bench

int main(int count, char** arguments) {
  using namespace bench;
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 5;
  const double seconds = count > 2 ? std::atof(arguments[2]) : 2;
  const int clients = count > 3 ? std::atoi(arguments[3]) : 16;
  App app;
  app.get<health>("/health");
  app.get<items>("/items");
  Sink collector;
  const Running server(app, 2);
  const Running receiver(collector, 1);
  compare("/health", server.port(), receiver.port(), rounds, seconds, clients);
  compare("/items", server.port(), receiver.port(), rounds, seconds, clients);
}
