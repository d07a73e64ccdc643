// What ends a query: a client that left, a time limit, a pool without a free connection.
#include <doctest/doctest.h>

#include "chaos/clients.hpp"
#include "support/database.hpp"

using namespace chaos;
using support::HttpClient;
using support::query_postgresql;
using support::TestDatabase;

TEST_SUITE_BEGIN("postgresql");

namespace {

// How many of the server's statements sleep at this moment.
int sleeping(const TestDatabase& database) {
  return std::stoi(query_postgresql(database.direct_url(),
                                    "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                    "current_database() AND state = 'active' AND query LIKE "
                                    "'SELECT pg_sleep%'")
                       .at(0)
                       .at(0));
}

// Half a minute is enough for anything here.
template <class Condition>
bool eventually(Condition condition) {
  for (int tries = 0; tries < 3000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("the query of a client that left is cancelled") {
  const TestDatabase database;
  ServerProcess server(database.url(), {"STATEMENT_TIMEOUT=0"});
  for (const char* path : {"/wait?seconds=3600", "/hold?seconds=3600"}) {
    CAPTURE(std::string(path));
    std::vector<std::unique_ptr<HttpClient>> leaving;
    for (int i = 0; i < 3; ++i) {
      leaving.push_back(std::make_unique<HttpClient>(server.port()));
      CHECK(leaving.back()->send("GET", path));
    }
    CHECK(eventually([&] { return sleeping(database) == 3; }));
    leaving.pop_back();
    CHECK(eventually([&] { return sleeping(database) == 2; }));
    leaving.clear();
    CHECK(eventually([&] { return sleeping(database) == 0; }));
  }
  CHECK(HttpClient(server.port()).request("GET", "/hold?seconds=0").status == 200);
}

TEST_CASE("a statement that takes too long is cancelled and answered 503") {
  const TestDatabase database;
  ServerProcess server(database.url(), {"STATEMENT_TIMEOUT=1"});
  HttpClient client(server.port());
  for (const char* path : {"/wait?seconds=3600", "/hold?seconds=3600"}) {
    CAPTURE(std::string(path));
    const auto reply = client.request("GET", path);
    CHECK(reply.status == 503);
    CHECK(reply.head.find("\r\nretry-after: 1\r\n") != std::string::npos);
    CHECK(eventually([&] { return sleeping(database) == 0; }));
  }
  CHECK(client.request("GET", "/hold?seconds=0").status == 200);
}

TEST_CASE("who gets no connection in time is answered 503, and others are served") {
  const TestDatabase database;
  ServerProcess server(database.url(), {"POOL_SIZE=1", "POOL_TIMEOUT=1", "STATEMENT_TIMEOUT=0"});
  // Each of the two threads has one connection for transactions; which thread serves a client is
  // chance, so that many are asked.
  std::vector<std::unique_ptr<HttpClient>> holding;
  for (int i = 0; i < 24; ++i) {
    holding.push_back(std::make_unique<HttpClient>(server.port()));
    CHECK(holding.back()->send("GET", "/hold?seconds=3600"));
  }
  CHECK(eventually([&] { return sleeping(database) == 2; }));
  HttpClient late(server.port());
  const auto reply = late.request("GET", "/hold?seconds=0");
  CHECK(reply.status == 503);
  CHECK(reply.head.find("\r\nretry-after: 1\r\n") != std::string::npos);
  // A statement outside of a transaction does not wait for those.
  CHECK(late.request("GET", "/wait?seconds=0").status == 200);
  holding.clear();
  CHECK(eventually([&] { return sleeping(database) == 0; }));
  CHECK(late.request("GET", "/hold?seconds=0").status == 200);
}

TEST_CASE("a connection that nobody uses is closed") {
  const TestDatabase database;
  ServerProcess server(database.url(), {"IDLE_TIMEOUT=1"});
  HttpClient client(server.port());
  CHECK(client.request("GET", "/wait?seconds=0").status == 200);
  CHECK(client.request("GET", "/hold?seconds=0").status == 200);
  CHECK(client.request("GET", "/pool").body == R"({"open":2,"leased":0,"waiting":0})");
  support::wait_until_alone(database.direct_url());
  CHECK(client.request("GET", "/pool").body == R"({"open":0,"leased":0,"waiting":0})");
  CHECK(client.request("GET", "/hold?seconds=0").status == 200);
}

TEST_SUITE_END();
