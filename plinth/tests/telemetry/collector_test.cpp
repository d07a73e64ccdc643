#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "plinth/app.hpp"
#include "plinth/telemetry.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

struct Counting final : Collector {
  explicit Counting(const CollectorRegistry& registry) : asked(registry, "asked", "How often.") {}
  Task<void> collect() override {
    if (waits) co_await sleep_for(1);
    asked.inc();
    if (fails) throw std::runtime_error("no answer");
  }
  Gauge asked;
  bool fails = false;
  bool waits = true;
};

struct Hanging final : Collector {
  Task<void> collect() override {
    ++begun;
    co_await sleep_for(3'600'000);
  }
  int begun = 0;
};

}  // namespace

TEST_CASE("a collector works at each scrape, and one that fails spoils none") {
  const CollectorRegistry registry;
  const auto counting = std::make_shared<Counting>(registry);
  registry.register_collector(counting);
  auto app = App();
  Instrumentator(registry).expose(app);
  TestClient client(app);
  CHECK(client.get("/metrics").text.find("\nasked 1.0\n") != std::string::npos);
  counting->fails = true;
  const auto scraped = client.get("/metrics");
  CHECK(scraped.status == 200);
  CHECK(scraped.text.find("\nasked 2.0\n") != std::string::npos);
  counting->fails = false;
  CHECK(client.get("/metrics").text.find("\nasked 3.0\n") != std::string::npos);
}

TEST_CASE("nobody waits for a collector that hangs, and it is asked no second time meanwhile") {
  const CollectorRegistry registry;
  const auto hanging = std::make_shared<Hanging>();
  const auto counting = std::make_shared<Counting>(registry);
  counting->waits = false;
  registry.register_collector(hanging);
  registry.register_collector(counting);
  run(registry.collect(20));
  run(registry.collect(20));
  CHECK(hanging->begun == 1);
  CHECK(registry.generate_latest().find("\nasked 2.0\n") != std::string::npos);
}

TEST_CASE("with a token the metrics are shown to who has it") {
  auto app = App();
  Instrumentator().expose(app, {.bearer_token = "scrape-me"});
  TestClient client(app);
  const auto refused = client.get("/metrics");
  CHECK(refused.status == 401);
  CHECK(refused.headers.get("www-authenticate") == "Bearer");
  CHECK(client.get("/metrics", {{"authorization", "Bearer scrape-m"}}).status == 401);
  CHECK(client.get("/metrics", {{"authorization", "Basic scrape-me"}}).status == 401);
  CHECK(client.get("/metrics", {{"authorization", "bearer scrape-me"}}).status == 200);
}
