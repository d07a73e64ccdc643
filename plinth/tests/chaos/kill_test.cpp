// The application is killed in the middle of transactions.
#include <doctest/doctest.h>

#include "chaos/clients.hpp"
#include "support/database.hpp"
#include "support/postgresql_server.hpp"

using namespace chaos;

TEST_SUITE_BEGIN("postgresql");

TEST_CASE("kill -9 of the application loses no answered commit and leaves no half of one") {
  support::PostgresqlServer postgresql;
  {
    Engine engine(postgresql.url());
    create_all<Account, Entry>(engine);
  }
  auto server = std::make_unique<ServerProcess>(postgresql.url());
  Load load(server->port(), 16, {.lost_replies = true});
  for (int round = 0; round < 8; ++round) {
    load.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + 70 * round));
    server->process().signal(SIGKILL);
    server->process().wait();
    load.stop();
    // A statement that had arrived is still carried out.
    support::wait_until_alone(postgresql.url());
    CHECK(load.wrong() == "");
    CHECK(load.differences(postgresql.url()) == "");
    CHECK(load.replies(0) > 0);
    server = std::make_unique<ServerProcess>(postgresql.url());
    load.connect_to(server->port());
  }
}

TEST_SUITE_END();
