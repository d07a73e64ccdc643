#define main example_main
#include "../../examples/16_http_client.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

using namespace plinth::literals;

TEST_CASE("what the bank answers is answered") {
  auto bank = mock_transport([](const ClientRequest& request) {
    CHECK(request.url == "https://bank.test/rates?base=EUR");
    return ClientResponse{.content = R"([{"currency":"USD","rate":1.25}])"};
  });
  auto app = create_app(AsyncClient({.base_url = "https://bank.test"}, bank));
  auto client = TestClient(app);
  CHECK(client.get("/rates?base=EUR").text == R"([{"currency":"USD","rate":1.25}])");
}

TEST_CASE("an order that the bank has is a 502 that says so") {
  auto bank = mock_transport([](const ClientRequest& request) {
    CHECK(request.headers.get("idempotency-key") == "7");
    CHECK(request.content == R"({"id":7,"currency":"EUR"})");
    return ClientResponse{.status_code = 409};
  });
  auto app = create_app(AsyncClient({.base_url = "https://bank.test"}, bank));
  auto client = TestClient(app);
  const auto refused = client.post("/orders", R"({"id": 7, "currency": "EUR"})"_json);
  CHECK(refused.status == 502);
  CHECK(refused.json["detail"].str() == "it was placed before");
}
