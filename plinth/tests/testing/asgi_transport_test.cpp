#include "plinth/asgi_transport.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/middleware.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

struct Thing {
  std::int64_t id;
  std::string name;
};

Json echo(Thing thing, Query<"q", std::string> q, const Request& request) {
  return Json::object({{"id", thing.id},
                       {"q", *q},
                       {"host", request.host},
                       {"traced", request.header("traceparent").has_value()}});
}
Json broken() { throw std::runtime_error("no"); }

App make_shop() {
  App shop;
  shop.use(RequestId{});
  shop.post<echo>("/things");
  shop.get<broken>("/broken");
  return shop;
}

// A service that asks the shop.
Task<Json> ask(AsyncClient& shop) {
  auto answer = co_await shop.post(
      "/things", {.params = {{"q", "a b"}}, .json = Thing{.id = 7, .name = "tea"}});
  answer.raise_for_status();
  co_return answer.json();
}

}  // namespace

TEST_CASE("an app of this process answers the calls of another") {
  auto shop = make_shop();
  App front;
  front.provide(AsyncClient({.base_url = "http://shop:8000"}, asgi_transport(shop)));
  front.get<ask>("/ask");
  TestClient client(front);
  const auto answer = client.get("/ask");
  CHECK(answer.status == 200);
  CHECK(answer.json["id"].integer() == 7);
  CHECK(answer.json["q"].str() == "a b");
  CHECK(answer.json["host"].str() == "shop:8000");
}

TEST_CASE("its errors are those that clients see") {
  auto shop = make_shop();
  AsyncClient client({.base_url = "http://shop"}, asgi_transport(shop));
  CHECK(run(client.get("/broken")).status_code == 500);
  CHECK(run(client.get("/nothing")).status_code == 404);
  const auto refused = run(client.post("/things", {.content = "{"}));
  CHECK(refused.status_code == 422);
  CHECK(refused.headers.get("x-request-id").has_value());
  CHECK(run(client.head("/nothing")).content.empty());
}
