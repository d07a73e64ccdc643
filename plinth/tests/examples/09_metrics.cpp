#define main example_main
#include "../../examples/09_metrics.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

TEST_CASE("an application's own metrics stand beside those of requests and of the process") {
  auto app = create_app();
  TestClient client(app);
  client.post("/orders", R"({"item": "tea", "is_gift": true})"_json);
  client.post("/orders", R"({"item": "tea", "is_gift": true})"_json);
  const auto text = client.get("/metrics").text;
  CHECK(text.find("\norders_total{kind=\"gift\"} 2.0\n") != std::string::npos);
  CHECK(text.find("\nstock_items 98.0\n") != std::string::npos);
  CHECK(text.find(
            "\nhttp_requests_total{handler=\"/orders\",method=\"POST\",status=\"2xx\"} 2.0\n") !=
        std::string::npos);
  CHECK(text.find("\n# TYPE plinth_event_loop_lag_seconds histogram\n") != std::string::npos);
}
