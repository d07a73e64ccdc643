// Log lines with fields, under names of their own, that know whose request they are of.
#include <string>

#include "plinth/logging.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

constexpr auto orders = logging::Logger("app.orders");

std::string get_user_id(Header<"x-user", std::string> user) {
  logging::set_user_id(*user);
  return *user;
}

Json take_order(Path<"item", std::int64_t> item, Depends<get_user_id> user) {
  orders.info("an order was taken", {{"item", *item}});
  orders.debug("for whom", {{"user", *user}});
  return Json::object({{"item", *item}});
}

App create_app() {
  App app;
  app.use(AccessLog{.excluded_paths = {"/health"}});
  app.use(RequestId{});
  app.post<take_order>("/orders/{item}", {.status = 201});
  return app;
}

int main() {
  auto logging = configure_logging({.level = "info",
                                    .levels = "app.orders=debug,plinth.access=warning",
                                    .format = "json",
                                    .slow_query_ms = 200});
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
