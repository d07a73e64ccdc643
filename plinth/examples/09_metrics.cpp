// Metrics of one's own beside those of every request, and a number that is asked for at a scrape.
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Order {
  std::string item;
  bool is_gift;
};

struct Stock {
  int items = 100;
};

// What /metrics shows is up to date, and nobody counts when nobody looks.
struct StockCollector final : Collector {
  StockCollector(const CollectorRegistry& registry, const Stock& counted)
      : stock(counted), items(registry, "stock_items", "Items in stock.") {}

  Task<void> collect() override {
    items.set(stock.items);  // or what a query answers: co_await is fine here
    co_return;
  }

  const Stock& stock;
  Gauge items;
};

struct Shop {
  explicit Shop(const CollectorRegistry& registry)
      : orders(registry, "orders", "Orders taken.", {"kind"}) {}
  Counter orders;
};

Order take_order(Order order, const Shop& shop, Stock& stock) {
  shop.orders.labels(order.is_gift ? "gift" : "own").inc();
  --stock.items;
  return order;
}

App create_app() {
  auto app = App();
  const CollectorRegistry registry;
  app.provide(Stock{});
  app.provide(Shop(registry));
  registry.register_collector(std::make_shared<StockCollector>(registry, app.provided<Stock>()));
  registry.register_runtime();
  Instrumentator(registry).instrument(app).expose(app, {.include_in_schema = false});
  app.post<take_order>("/orders");
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}
