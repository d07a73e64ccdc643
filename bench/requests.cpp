// What 20 queries in a request cost beside one: an application over HTTP, with as many clients as
// asked. Prints the requests a second and the median of their milliseconds, of one and of 20.
// Usage: bench_requests URL SCALE CLIENTS SECONDS
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "account.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"
#include "support/http_client.hpp"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int queries = 20;

std::int32_t scale_of_run = 1;

auto account_of(std::int32_t id) { return select<Account>().where(col<&Account::aid> == id); }

RandomId& random_id() {
  static std::atomic<unsigned> seed{1};
  thread_local RandomId random(scale_of_run, ++seed);
  return random;
}

Json shown(const Account& account) {
  return Json::object({{"aid", *account.aid}, {"abalance", account.abalance->value_or(0)}});
}

Task<Json> one(Engine& engine) {
  auto session = engine.session();
  co_return shown(co_await session.one(account_of(random_id()())));
}

Task<Json> twenty(Engine& engine) {
  auto session = engine.session();
  std::vector<decltype(account_of(1))> each;
  for (int i = 0; i < queries; ++i) each.push_back(account_of(random_id()()));
  auto found = co_await session.gather(std::move(each));
  Json all = Json::array({});
  for (const auto& rows : found) all.push_back(shown(rows.at(0)));
  co_return all;
}

struct Measured {
  double requests_a_second;
  double median_ms;
};

Measured measure(std::uint16_t port, const char* path, int clients, int seconds) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::seconds(seconds);
  for (auto& mine : times) {
    threads.emplace_back([&mine, port, path, end] {
      support::HttpClient client(port);
      for (auto now = Clock::now(); now < end;) {
        if (client.request("GET", path).status != 200) std::abort();
        const auto then = std::exchange(now, Clock::now());
        mine.push_back(std::chrono::duration<double, std::milli>(now - then).count());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& mine : times) all.insert(all.end(), mine.begin(), mine.end());
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return {static_cast<double>(all.size()) / took, *middle};
}

}  // namespace

}  // namespace bench

int main(int count, char** arguments) {
  using namespace bench;
  if (count != 5) {
    std::fprintf(stderr, "usage: bench_requests URL SCALE CLIENTS SECONDS\n");
    return 2;
  }
  scale_of_run = std::atoi(arguments[2]);
  auto app = App();
  app.provide(Engine(arguments[1]));
  app.get<one>("/one");
  app.get<twenty>("/twenty");
  Server server(app, {.port = 0, .threads = 2});
  server.listen();
  std::thread serving([&] { server.run(); });
  const int clients = std::atoi(arguments[3]);
  const int seconds = std::atoi(arguments[4]);
  measure(server.port(), "/twenty", clients, 1);  // connections open, statements are prepared
  const auto single = measure(server.port(), "/one", clients, seconds);
  const auto many = measure(server.port(), "/twenty", clients, seconds);
  server.stop();
  serving.join();
  std::printf("%.1f %.4f %.1f %.4f\n", single.requests_a_second, single.median_ms,
              many.requests_a_second, many.median_ms);
}
