#define main example_main
#include "../../examples/01_hello.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("the first example greets, is healthy and documents itself") {
  auto app = create_app();
  TestClient client(app);
  CHECK(client.get("/hello/ada").text == R"({"message":"Hello ada"})");
  CHECK(client.get("/health").text == R"({"status":"ok"})");
  auto document = client.get("/openapi.json").json;
  CHECK(document["info"]["title"] == "Hello");
  CHECK(document["paths"]["/hello/{name}"]["get"]["summary"] == "Hello");
}
