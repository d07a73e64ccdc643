// What ends a request early, and what the client then reads.
#include <stdexcept>

#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct OutOfStock : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Order {
  Str<min_length(1)> item;
  Int<ge(1), le(10)> count;
};

// {"detail": …} with that status and these headers.
Order place_order(Order order) {
  if (*order.item == "gold") throw HttpError(402, "Pay first", {{"x-price", "1800"}});
  if (*order.item == "tea") throw OutOfStock("tea");
  if (*order.item == "moon") throw HttpError(404);
  return order;
}

// What the application throws of its own becomes an answer here.
Response on_out_of_stock(const Request&, const OutOfStock& error) {
  return Response::json(Json::object({{"out_of_stock", error.what()}}), 409);
}

// The library's own errors too, by status or by type.
Response on_not_found(const Request& request, const HttpError&) {
  return Response::json(Json::object({{"nothing_at", request.path}}), 404);
}

App create_app() {
  auto app = App();
  app.post<place_order>("/orders", {.responses = {{"409", "Out of stock"}}});
  app.exception_handler<on_out_of_stock>();
  app.exception_handler<on_not_found>(404);
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
