// Tracing: every request is a trace, and the application adds spans of its own.
#include "plinth/tracing.hpp"

#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Order {
  std::int64_t id;
  Int<gt(0)> cents;
};

Json charge(Order order) {
  auto span = tracing::start_span("charge card");
  span.set_attribute("order.id", order.id);
  if (*order.cents > 100'000) {
    span.set_error("over the limit");
    throw HttpError(402, "Over the limit");
  }
  tracing::set_attribute("tenant", "shop");  // of the request's own span
  // What another service is to be told, so that its spans are children of this one.
  return Json::object({{"traceparent", tracing::current_traceparent()}});
}

App create_app() {
  App app;
  app.post<charge>("/charges");
  return app;
}

int main() {
  const auto tracing = configure_tracing({.endpoint = "http://localhost:4318",
                                          .service_name = "shop",
                                          .sampler = "parentbased_traceidratio",
                                          .sampler_arg = "0.01"});
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
