#define main example_main
#include "../../examples/17_tracing.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("a trace that comes in goes on") {
  const auto tracing = configure_tracing();
  auto app = create_app();
  auto client = TestClient(app).with_header(
      "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const auto charged = client.post("/charges", Json::object({{"id", 1}, {"cents", 5}}));
  CHECK(charged.json["traceparent"].str().substr(3, 32) == "0af7651916cd43dd8448eb211c80319c");
  CHECK(client.post("/charges", Json::object({{"id", 1}, {"cents", 500'000}})).status == 402);
}
