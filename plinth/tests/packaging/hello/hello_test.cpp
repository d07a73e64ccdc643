#include <doctest/doctest.h>

#include "hello.hpp"
#include "plinth/session.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"

using namespace plinth;
using namespace plinth::literals;

TEST_CASE("a test of another project asks its application") {
  auto app = create_app();
  CHECK(TestClient(app).get("/hello/ada").json == R"({"message": "Hello ada"})"_json);
  CHECK(TestClient(app).get("/hello/a").status == 422);
}

TEST_CASE("a test of another project has a database") {
  const support::TestDatabase database;
  const Engine engine(database.url());
  CHECK(database.url().starts_with("sqlite"));
}
