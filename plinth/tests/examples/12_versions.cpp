#define main example_main
#include "../../examples/12_versions.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("the old version works on, and says that it goes") {
  auto app = create_app();
  TestClient client(app);
  const auto old = client.get("/api/v1/items/tea");
  CHECK(old.text == R"({"name":"tea","price":9.95})");
  CHECK(old.headers.get("deprecation") == "@1782864000");
  CHECK(old.headers.get("sunset") == "Thu, 01 Jul 2027 00:00:00 GMT");
  CHECK(client.get("/api/v1/shops").headers.contains("deprecation"));

  const auto current = client.get("/api/v2/items/tea");
  CHECK(current.text == R"({"name":"tea","price_cents":995})");
  CHECK_FALSE(current.headers.contains("deprecation"));
  CHECK(client.get("/api/v2/shops").text == R"(["Bath"])");

  const auto paths = Json::parse(app.openapi())["paths"];
  CHECK(paths["/api/v1/items/{name}"]["get"]["deprecated"] == true);
  CHECK_FALSE(paths["/api/v2/items/{name}"]["get"].contains("deprecated"));
}
