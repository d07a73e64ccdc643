// Many clients do everything at once, for PLINTH_SOAK_SECONDS; then the table is what they know.
#include <doctest/doctest.h>

#include <cstdlib>

#include "chaos/clients.hpp"
#include "support/database.hpp"

using namespace chaos;
using support::on_postgresql;
using support::Place;
using support::TestDatabase;

namespace {

std::chrono::seconds duration() {
  const char* text = std::getenv("PLINTH_SOAK_SECONDS");
  return std::chrono::seconds(text ? std::atoll(text) : 15);
}

}  // namespace

TEST_CASE("64 clients register, log in, read, update and delete, and no row is lost or doubled") {
  const TestDatabase database(Place::disk);
  {
    Engine engine(database.url());
    create_all<Account, Entry>(engine);
  }
  ServerProcess server(database.url());
  Load load(server.port(), 64);
  load.start();
  std::this_thread::sleep_for(std::chrono::seconds(2));  // all connections are open
  const auto files = server.descriptors();
  std::this_thread::sleep_for(duration());
  CHECK(server.descriptors() <= files + 16);
  load.stop();

  CHECK(load.wrong() == "");
  CHECK(load.differences(database.url()) == "");
  CHECK(load.refusals() == 0);
  CHECK(load.replies(200) > 64);
  MESSAGE(load.replies(200) << " requests did what they should");
  if (on_postgresql()) {
    CHECK(support::query_postgresql(database.direct_url(),
                                    "SELECT FROM pg_stat_activity WHERE datname = "
                                    "current_database() AND state LIKE 'idle in transaction%'")
              .empty());
  }
  server.process().signal(SIGTERM);
  CHECK(server.process().wait() == 0);
  if (on_postgresql()) support::wait_until_alone(database.direct_url());
}
