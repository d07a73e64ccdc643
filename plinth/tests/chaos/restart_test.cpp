// PostgreSQL is restarted, crashes and throws its clients out, under load.
#include <doctest/doctest.h>

#include "chaos/clients.hpp"
#include "support/database.hpp"
#include "support/postgresql_server.hpp"

using namespace chaos;
using support::PostgresqlServer;
using support::query_postgresql;
using support::Shutdown;

TEST_SUITE_BEGIN("postgresql");

namespace {

constexpr int clients = 32;
constexpr auto second = std::chrono::seconds(1);

void make_tables(const std::string& url) {
  Engine engine(url);
  create_all<Account, Entry>(engine);
}

int connections_of_the_server(const PostgresqlServer& postgresql) {
  return std::stoi(query_postgresql(postgresql.url(),
                                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = "
                                    "'client backend' AND pid <> pg_backend_pid()")
                       .at(0)
                       .at(0));
}

// Ten times: the database goes in one way or another and comes back. The moments when it was back.
std::vector<Clock::time_point> ten_disruptions(PostgresqlServer& postgresql) {
  std::vector<Clock::time_point> back;
  for (int round = 0; round < 10; ++round) {
    switch (round % 4) {
      case 0:
      case 1:
        postgresql.stop(round % 4 == 0 ? Shutdown::fast : Shutdown::immediate);
        std::this_thread::sleep_for(second / 5);  // an absence that requests meet
        postgresql.start();
        break;
      case 2:
        query_postgresql(postgresql.url(),
                         "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                         "backend_type = 'client backend' AND pid <> pg_backend_pid()");
        break;
      case 3:  // a backend that crashes takes all others with it, and the server recovers
        postgresql.crash_a_backend();
        break;
    }
    back.push_back(Clock::now());
    std::this_thread::sleep_for(2 * second);
  }
  return back;
}

}  // namespace

TEST_CASE("PostgreSQL goes and comes ten times under load; replies are right or 503") {
  PostgresqlServer postgresql;
  make_tables(postgresql.url());
  ServerProcess server(postgresql.url(), {"POOL_SIZE=4"});
  Load load(server.port(), clients);
  load.start();
  std::this_thread::sleep_for(second);
  const auto files = server.descriptors();
  const auto back = ten_disruptions(postgresql);
  load.stop();

  CHECK(load.wrong() == "");
  CHECK(load.differences(postgresql.url()) == "");
  for (const auto& moment : back) {
    const auto failing = load.last_failure(moment, moment + 2 * second);
    CAPTURE(std::chrono::duration<double>(failing).count());
    CHECK(failing < second);
    CHECK(load.successes(moment + second, moment + 2 * second) > 0);
  }
  // Two threads with at most two shared connections and four for transactions each.
  CHECK(connections_of_the_server(postgresql) <= 2 * (2 + 4));
  CHECK(query_postgresql(postgresql.url(),
                         "SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
            .empty());
  CHECK(server.descriptors() <= files + 12);
  const auto pool = support::HttpClient(server.port()).request("GET", "/pool");
  CHECK(pool.body.ends_with(R"("leased":0,"waiting":0})"));
  server.process().signal(SIGTERM);
  CHECK(server.process().wait() == 0);
}

TEST_SUITE_END();
