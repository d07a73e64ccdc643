#include "plinth/idempotency.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

#include "idempotency/setup.hpp"

using namespace ordering;

namespace {

TestClient client_of(Shop& shop, std::string_view token = "ada") {
  return TestClient(shop.app(), {.raise_server_exceptions = false}).bearer(token);
}

TestResponse order(TestClient& client, std::string_view key, std::string_view item = "tea",
                   std::string_view path = "/orders") {
  return client.post(path, Json::object({{"item", item}}), {{"idempotency-key", std::string(key)}});
}

}  // namespace

TEST_CASE("a request that is sent again gets the first answer, and nothing is done again") {
  Shop shop;
  auto client = client_of(shop);
  const auto first = order(client, "\"k1\"");
  CHECK(first.status == 201);
  CHECK(first.text == R"({"id":1,"item":"tea"})");
  CHECK_FALSE(first.headers.contains("idempotency-replayed"));

  for (const char* spelling : {"\"k1\"", "k1", " k1 "}) {
    const auto again = order(client, spelling);
    CHECK(again.status == 201);
    CHECK(again.text == first.text);
    CHECK(again.headers.get("content-type") == "application/json");
    CHECK(again.headers.get("location") == "/orders/1");
    CHECK(again.headers.get("idempotency-replayed") == "true");
  }
  CHECK(shop.orders() == 1);
  CHECK(order(client, "k2").json["id"] == 2);
}

TEST_CASE("a key is somebody's: known by account, whatever their token") {
  Shop shop;
  auto ada = client_of(shop);
  CHECK(order(ada, "k1").json["id"] == 1);
  auto ada_again = client_of(shop, "ada, again");
  CHECK(order(ada_again, "k1").json["id"] == 1);
  auto grace = client_of(shop, "grace");
  CHECK(order(grace, "k1").json["id"] == 2);
}

TEST_CASE("without a key, of nobody, or with another method, a request passes") {
  Shop shop;
  auto client = client_of(shop);
  client.post("/orders", R"({"item": "tea"})"_json);
  client.post("/orders", R"({"item": "tea"})"_json);
  CHECK(shop.orders() == 2);
  auto nobody = client_of(shop, "expired");
  order(nobody, "k1");
  order(nobody, "k1");
  CHECK(shop.orders() == 4);
  CHECK(client.get("/me", {{"idempotency-key", "k1"}}).status == 200);
  CHECK(shop.keys() == 0);
}

TEST_CASE("a key that came with another request before is refused") {
  Shop shop;
  auto client = client_of(shop);
  order(client, "k1");
  const auto other = order(client, "k1", "coffee");
  CHECK(other.status == 422);
  CHECK(other.text ==
        R"({"detail":"Idempotency-Key was used for another request; make a new one"})");
  CHECK(order(client, "k1", "tea", "/orders?x=1").status == 422);
  CHECK(order(client, "k1", "tea", "/strict").status == 422);
  CHECK(shop.orders() == 1);
}

TEST_CASE("what is no key is refused") {
  Shop shop;
  auto client = client_of(shop);
  const std::string longest(255, 'k');
  CHECK(order(client, longest).status == 201);
  for (const std::string& key :
       {std::string(), std::string("\"\""), longest + "k", std::string("two words"),
        std::string("a\"b"), std::string("\xc3\xa9")}) {
    CAPTURE(key);
    CHECK(order(client, key).status == 400);
  }
  CHECK(client
            .request({.method = "POST",
                      .url = "/orders",
                      .headers = {{"idempotency-key", "a"}, {"idempotency-key", "b"}}})
            .status == 400);
  CHECK(shop.orders() == 1);
}

TEST_CASE("a route may insist on a key") {
  Shop shop;
  auto client = client_of(shop);
  const auto refused = client.post("/strict", R"({"item": "tea"})"_json);
  CHECK(refused.status == 400);
  CHECK(refused.text.find("Idempotency-Key is missing") != std::string::npos);
  CHECK(order(client, "k1", "tea", "/strict").status == 201);
  const auto document = Json::parse(shop.app().openapi());
  CHECK(document["paths"]["/strict"]["post"]["parameters"][0]["name"] == "Idempotency-Key");
}

TEST_CASE("an error that committed nothing is not kept: asking again does it") {
  Shop shop;
  shop.script().fail_before = 1;
  auto client = client_of(shop);
  CHECK(order(client, "k1").status == 409);
  CHECK(shop.keys() == 0);
  CHECK(order(client, "k1").status == 201);
  CHECK(shop.orders() == 1);
  CHECK(client.post("/orders", R"({"item": 7})"_json, {{"idempotency-key", "k2"}}).status == 422);
  CHECK(order(client, "k2").status == 201);
}

TEST_CASE("an error after the commit is kept: asking again does nothing") {
  Shop shop;
  shop.script().fail_after = 1;
  auto client = client_of(shop);
  CHECK(order(client, "k1").status == 502);
  const auto again = order(client, "k1");
  CHECK(again.status == 502);
  CHECK(again.headers.get("idempotency-replayed") == "true");
  CHECK(shop.orders() == 1);
}

TEST_CASE("an answer that must not be stored, or is too long, is not kept; that it was done is") {
  Shop shop;
  auto client = client_of(shop);
  CHECK(client.post("/vouchers", Json(), {{"idempotency-key", "k1"}}).text == R"("hush")");
  const auto again = client.post("/vouchers", Json(), {{"idempotency-key", "k1"}});
  CHECK(again.status == 409);
  CHECK(again.text ==
        R"({"detail":"The request of this Idempotency-Key was done; its answer is not kept"})");
  CHECK(shop.orders() == 1);
}

TEST_CASE("a key is good for a day") {
  Shop shop;
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto client = client_of(shop);
  order(client, "k1");
  clock.advance_seconds(86'399);
  CHECK(order(client, "k1").headers.contains("idempotency-replayed"));
  clock.advance_seconds(1);
  CHECK(order(client, "k1", "coffee").json["id"] == 2);
  CHECK(shop.keys() == 1);
}

TEST_CASE("without an engine there is no middleware") {
  CHECK_THROWS_WITH_AS(make_middleware(Idempotency{}),
                       "Idempotency: engine is missing; write .engine = &app.provided<Engine>()",
                       std::invalid_argument);
}
