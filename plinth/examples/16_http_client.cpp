// A service that asks another one.
#include <string>
#include <vector>

#include "plinth/http_client.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Rate {
  std::string currency;
  double rate;
};

struct Order {
  std::int64_t id;
  Str<min_length(3), max_length(3)> currency;
};

Task<std::vector<Rate>> rates(AsyncClient& bank, Query<"base", std::string> base) {
  auto response = co_await bank.get("/rates", {.params = {{"base", *base}}});
  response.raise_for_status();
  co_return response.json<std::vector<Rate>>();
}

Task<Json> place(Order order, AsyncClient& bank) {
  std::string why;
  try {
    auto response = co_await bank.post(
        "/orders", {.headers = {{"Idempotency-Key", std::to_string(order.id)}}, .json = order});
    response.raise_for_status();
    co_return response.json();
  } catch (const HttpStatusError& error) {
    why = error.response.status_code == 409 ? "it was placed before" : error.what();
  } catch (const TimeoutException& error) {
    why = error.what();
  }
  throw HttpError(502, why);
}

App create_app(AsyncClient bank) {
  App app;
  app.provide(std::move(bank));
  app.get<rates>("/rates");
  app.post<place>("/orders");
  return app;
}

int main() {
  auto app = create_app(AsyncClient({.base_url = "https://bank.example.com/v1",
                                     .headers = {{"authorization", "Bearer …"}},
                                     .timeout_ms = 3000,
                                     .max_connections = 20}));
  return Server(app, {.port = 8000}).run();
}
