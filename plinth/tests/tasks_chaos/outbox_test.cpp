// An API is killed while it takes orders: each order that is there has its task, and no other has.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "support/http_client.hpp"
#include "tasks_chaos/fleet.hpp"

using namespace tasks_chaos;

namespace {

std::uint16_t port_of(Worker& api) {
  return static_cast<std::uint16_t>(std::stoi(api.process().read_line()));
}

std::set<std::int64_t> orders(Engine& engine) {
  std::set<std::int64_t> all;
  run([](Engine& of, std::set<std::int64_t>& numbers) -> Task<void> {
    auto session = of.session();
    for (const auto& order : co_await session.all(select<Order>())) numbers.insert(*order.number);
  }(engine, all));
  return all;
}

std::set<std::int64_t> done(const Fleet& fleet) {
  std::set<std::int64_t> all;
  for (const auto& [number, runs] : fleet.ledger()) {
    if (runs.ends > 0) all.insert(number);
  }
  return all;
}

// Kills the API in the middle of orders, several times. Returns the numbers that were answered.
std::set<std::int64_t> order_and_kill(Fleet& fleet) {
  std::set<std::int64_t> answered;
  std::int64_t number = 0;
  for (int round = 0; round < 6; ++round) {
    auto api = fleet.start_api();
    const auto port = port_of(*api);
    std::thread killer([&api, round] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300 + 130 * round));
      api->process().signal(SIGKILL);
    });
    support::HttpClient client(port);
    for (int status = 200; status != 0; ++number) {
      const auto path = (number % 3 == 0 ? "/doubtful-orders" : "/orders");
      status = client.request("POST", path + ("?number=" + std::to_string(number))).status;
      CHECK((status == 200 || status == 0 || (status == 400 && number % 6 == 3)));
      if (status == 200) answered.insert(number);
    }
    killer.join();
    api->process().wait();
  }
  return answered;
}

void check_orders(Fleet& fleet, const std::set<std::int64_t>& answered) {
  const auto written = orders(fleet.engine());
  for (int tries = 0; tries < 3000 && done(fleet) != written; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(done(fleet) == written);
  CHECK(std::includes(written.begin(), written.end(), answered.begin(), answered.end()));
  for (const auto number : written) CHECK(number % 6 != 3);
  MESSAGE(answered.size() << " orders answered, " << written.size() << " written");
}

}  // namespace

TEST_CASE("an order and its task are there together, though the API is killed") {
  Fleet fleet;
  const auto worker = fleet.start_worker();
  const auto answered = order_and_kill(fleet);
  CHECK(answered.size() > 20);
  const auto api = fleet.start_api();  // whose relay moves what is left
  port_of(*api);
  check_orders(fleet, answered);
  // Nobody killed the worker, so no message was there twice.
  for (const auto& [number, runs] : fleet.ledger()) CHECK(runs.starts == 1);
}

TEST_CASE("without Redis the API runs its tasks itself, whatever killed it before") {
  Fleet fleet({.lease = 1, .embedded = true});
  const auto answered = order_and_kill(fleet);
  CHECK(answered.size() > 20);
  const auto api = fleet.start_api();
  port_of(*api);
  check_orders(fleet, answered);
}

TEST_CASE("an order waits in the outbox while Redis is away") {
  Fleet fleet;
  fleet.redis().kill();
  auto api = fleet.start_api();
  support::HttpClient client(port_of(*api));
  CHECK(client.request("POST", "/orders?number=1").status == 200);
  fleet.redis().start();
  const auto worker = fleet.start_worker();
  check_orders(fleet, orders(fleet.engine()));
}
