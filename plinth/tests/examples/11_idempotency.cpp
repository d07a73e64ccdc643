#define main example_main
#include "../../examples/11_idempotency.cpp"  // NOLINT(bugprone-suspicious-include)
#undef main
#include <doctest/doctest.h>

#include "plinth/testing.hpp"

using namespace plinth::literals;

TEST_CASE("a payment that is sent twice is made once") {
  auto app = create_app();
  auto client = TestClient(app).bearer("ada");
  const auto payment = R"({"cents": 995})"_json;
  CHECK(client.post("/payments", payment).status == 400);

  const auto first = client.post("/payments", payment, {{"idempotency-key", "\"8e03\""}});
  CHECK(first.text == R"({"id":1,"cents":995})");
  const auto again = client.post("/payments", payment, {{"idempotency-key", "\"8e03\""}});
  CHECK(again.text == first.text);
  CHECK(again.headers.get("idempotency-replayed") == "true");
  CHECK(client.post("/payments", payment, {{"idempotency-key", "\"8e04\""}}).json["id"] == 2);
}
