#define main example_main
#include "../../examples/05_errors.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("each way to end a request early has its answer") {
  auto app = create_app();
  TestClient client(app);
  auto order = [&](const char* item, int count) {
    return client.post("/orders", Json::object({{"item", item}, {"count", count}}));
  };
  CHECK(order("cup", 2).text == R"({"item":"cup","count":2})");

  auto invalid = order("", 11);
  CHECK(invalid.status == 422);
  CHECK(invalid.json["detail"][0]["type"] == "string_too_short");
  CHECK(invalid.json["detail"][1]["type"] == "less_than_equal");

  auto unpaid = order("gold", 1);
  CHECK(unpaid.status == 402);
  CHECK(unpaid.text == R"({"detail":"Pay first"})");
  CHECK(unpaid.headers.get("x-price") == "1800");

  CHECK(order("tea", 1).status == 409);
  CHECK(order("tea", 1).text == R"({"out_of_stock":"tea"})");
  CHECK(order("moon", 1).text == R"({"nothing_at":"/orders"})");
  CHECK(client.get("/nothing").text == R"({"nothing_at":"/nothing"})");
}
