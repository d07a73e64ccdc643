// A route's deadline, and a client that leaves, end the query itself.
#include <doctest/doctest.h>

#include "chaos/clients.hpp"
#include "support/database.hpp"

using namespace chaos;
using support::HttpClient;
using support::TestDatabase;

TEST_CASE("a deadline cancels PostgreSQL's statement and gives its connection back" *
          doctest::test_suite("postgresql")) {
  const TestDatabase database;
  // One connection for transactions a thread: a statement that went on would hold it.
  ServerProcess server(database.url(), {"POOL_SIZE=1", "STATEMENT_TIMEOUT=0"});
  HttpClient client(server.port());
  for (int i = 0; i < 4; ++i) {
    for (const char* path :
         {"/wait_with_deadline?seconds=3600", "/hold_with_deadline?seconds=3600"}) {
      CAPTURE(std::string(path));
      const auto reply = client.request("GET", path);
      CHECK(reply.status == 503);
      // It has begun, so nobody says that it may be asked again.
      CHECK(reply.head.find("retry-after") == std::string::npos);
    }
    CHECK(client.request("GET", "/hold?seconds=0").status == 200);
  }
  int sleeping = 1;
  for (int tries = 0; tries < 3'000 && sleeping > 0; ++tries) {
    sleeping = std::stoi(
        support::query_postgresql(database.direct_url(),
                                  "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                  "current_database() AND state = 'active' AND query LIKE "
                                  "'SELECT pg_sleep%'")
            .at(0)
            .at(0));
    if (sleeping > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(sleeping == 0);
}

TEST_CASE("a deadline and a client that leaves interrupt SQLite's statement" *
          doctest::test_suite("sqlite")) {
  const TestDatabase database(support::Place::disk);
  {
    Engine engine(database.url());
    create_all<Account, Entry>(engine);
  }
  ServerProcess server(database.url(), {"STATEMENT_TIMEOUT=0"});
  HttpClient client(server.port());
  CHECK(client.request("POST", "/register", R"({"email":"a@example.com","password":"secret"})")
            .status == 201);
  const auto login =
      client.request("POST", "/login", R"({"email":"a@example.com","password":"secret"})");
  const auto begin = login.body.find(R"("token":")") + 9;
  const auto token = login.body.substr(begin, login.body.rfind('"') - begin);

  // More than there are threads that read: statements that went on would have them all.
  for (int i = 0; i < 16; ++i) CHECK(client.request("GET", "/spin_with_deadline").status == 503);
  CHECK(client.request("GET", "/me", {}, token).status == 200);
  for (int i = 0; i < 16; ++i) {
    HttpClient leaving(server.port());
    CHECK(leaving.send("GET", "/spin"));
  }
  CHECK(client.request("GET", "/me", {}, token).status == 200);
}
