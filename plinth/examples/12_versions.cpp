// Two versions of an API side by side; the first one says that it goes.
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct ItemRead {
  std::string name;
  double price;  // a rounding error waits here
};

struct ItemReadV2 {
  std::string name;
  std::int64_t price_cents;
};

ItemRead read_item(Path<"name", std::string> name) { return {.name = *name, .price = 9.95}; }
ItemReadV2 read_item_v2(Path<"name", std::string> name) {
  return {.name = *name, .price_cents = 995};
}
Json list_shops() { return Json(Json::Array{"Bath"}); }

// What stays the same is included in both.
Router shops() {
  return Router({.prefix = "/shops"})  //
      .get<list_shops>("");
}

Router v1() { return Router().get<read_item>("/items/{name}").include(shops()); }
Router v2() {
  return Router().get<read_item_v2>("/items/{name}", {.name = "read_item"}).include(shops());
}

App create_app() {
  auto app = App();
  app.include(v1(), {.prefix = "/api/v1",
                     .deprecation = Deprecation{.since = *DateTime::parse("2026-07-01T00:00:00Z"),
                                                .sunset = DateTime::parse("2027-07-01T00:00:00Z"),
                                                .successor = "/api/v2",
                                                .documentation = "https://example.com/to-v2"}});
  app.include(v2(), {.prefix = "/api/v2"});
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
