// Limits of routes and of an application, as clients see them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/proxy_headers.hpp"
#include "plinth/rate_limit.hpp"
#include "plinth/testing.hpp"

using namespace plinth;
using namespace plinth::literals;

namespace {

int answer() { return 1; }
Json fails() { throw HttpError(409, "no"); }
std::string by_user(Header<"x-user", std::string> user) { return *user; }

App make_app() {
  App app;
  app.provide(RateLimiter());
  app.use(ProxyHeaders{.trusted_hosts = {"testclient", "10.0.0.0/8"}});
  app.get<answer>("/ip", {.dependencies = {depends<limit<"2/minute">>}});
  app.get<answer>("/other", {.dependencies = {depends<limit<"2/minute">>}});
  app.post<answer>("/ip", {.dependencies = {depends<limit<"2/minute">>}});
  app.get<answer>("/items/{id}", {.dependencies = {depends<limit<"2/minute">>}});
  app.get<answer>("/all", {.dependencies = {depends<limit<"2/minute", by_route>>}});
  app.get<answer>("/user", {.dependencies = {depends<limit<"2/minute", by_user>>}});
  app.get<answer>("/mixed", {.dependencies = {depends<limit<"2/minute", by_ip, by_user>>}});
  app.get<answer>("/two", {.dependencies = {depends<limit<"2/minute">>, depends<limit<"3/hour">>}});
  app.get<answer>("/s1", {.dependencies = {depends<shared_limit<"search", "2/minute">>}});
  app.get<answer>("/s2", {.dependencies = {depends<shared_limit<"search", "2/minute">>}});
  app.get<fails>("/fails", {.dependencies = {depends<limit<"2/minute">>}});
  return app;
}

TestResponse get(TestClient& client, std::string_view url, std::string_view from = "192.0.2.1",
                 std::string_view user = "ada") {
  return client.get(url, {{"x-forwarded-for", std::string(from)}, {"x-user", std::string(user)}});
}

std::string field(const TestResponse& response, std::string_view name) {
  return std::string(response.headers.get(name).value_or("(none)"));
}

}  // namespace

TEST_CASE("an answer tells what is left, a refusal when to come again") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  auto first = get(client, "/ip");
  CHECK(first.status == 200);
  CHECK(field(first, "ratelimit-policy") == R"("2/minute";q=2;w=60)");
  CHECK(field(first, "ratelimit") == R"("2/minute";r=1;t=30)");
  CHECK(field(first, "retry-after") == "(none)");
  CHECK(field(get(client, "/ip"), "ratelimit") == R"("2/minute";r=0;t=30)");

  auto refused = get(client, "/ip");
  CHECK(refused.status == 429);
  CHECK(refused.text == R"({"detail":"Too Many Requests"})");
  CHECK(field(refused, "retry-after") == "30");
  CHECK(field(refused, "ratelimit-policy") == R"("2/minute";q=2;w=60)");
  CHECK(field(refused, "ratelimit") == R"("2/minute";r=0;t=30)");

  clock.advance_seconds(29);
  CHECK(field(get(client, "/ip"), "retry-after") == "1");
  clock.advance_seconds(1);
  CHECK(get(client, "/ip").status == 200);
}

TEST_CASE("each route and method has buckets of its own, whatever its parameters") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  for (int i = 0; i < 3; ++i) CHECK(get(client, "/ip").status == (i < 2 ? 200 : 429));
  CHECK(get(client, "/other").status == 200);
  CHECK(client.post("/ip", nullptr, {{"x-forwarded-for", "192.0.2.1"}}).status == 200);
  CHECK(get(client, "/items/1").status == 200);
  CHECK(get(client, "/items/2").status == 200);
  CHECK(get(client, "/items/3").status == 429);
}

TEST_CASE("a shared limit counts for all its routes") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  CHECK(field(get(client, "/s1"), "ratelimit") == R"("search";r=1;t=30)");
  CHECK(get(client, "/s2").status == 200);
  CHECK(get(client, "/s1").status == 429);
}

TEST_CASE("a limit counts by whom it names") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  struct Case {
    const char* url;
    bool by_ip;
    bool by_user;
  };
  for (const auto& [url, by_address, by_name] : {Case{"/ip", true, false},
                                                 {"/all", false, false},
                                                 {"/user", false, true},
                                                 {"/mixed", true, true}}) {
    CAPTURE(url);
    auto app = make_app();
    TestClient client(app);
    CHECK(get(client, url).status == 200);
    CHECK(get(client, url).status == 200);
    CHECK(get(client, url).status == 429);
    CHECK(get(client, url, "192.0.2.2").status == (by_address ? 200 : 429));
    CHECK(get(client, url, "192.0.2.1", "bob").status == (by_name ? 200 : 429));
  }
}

TEST_CASE("the parts of a key do not run into each other") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  CHECK(detail::joined_key(std::vector<std::string_view>{"1:a", "b"}.data(), 2) !=
        detail::joined_key(std::vector<std::string_view>{"1", "a1:b"}.data(), 2));
}

TEST_CASE("an IPv6 client is its /64, an IPv4 client its address in whatever form") {
  Request request;
  const auto network = [&](std::string_view host) {
    request.client_host = host;
    return client_network(request);
  };
  CHECK(network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(network("2001:db8:1:2::1") == network("2001:DB8:1:2:ffff::"));
  CHECK(network("2001:db8:1:3::1") != network("2001:db8:1:2::1"));
  CHECK(network("203.0.113.7") == "203.0.113.7");
  CHECK(network("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(network("testclient") == "testclient");
  CHECK(network("") == "");
}

TEST_CASE("a spoofed address buys no requests") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  int served = 0;
  for (int i = 0; i < 20; ++i) {
    const auto forged = "198.51.100." + std::to_string(i) + ", 203.0.113.9, 10.1.2.3";
    served += get(client, "/ip", forged).status == 200;
  }
  CHECK(served == 2);
}

TEST_CASE("of two limits each is told, and the empty one answers") {
  auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  std::vector<std::string> fields;
  auto first = get(client, "/two");
  for (const auto& [name, value] : first.headers) {
    if (name == "ratelimit") fields.push_back(value);
  }
  CHECK(fields == std::vector<std::string>{R"("2/minute";r=1;t=30)", R"("3/hour";r=2;t=1200)"});
  get(client, "/two");
  clock.advance_seconds(60);
  get(client, "/two");
  auto refused = get(client, "/two");
  CHECK(refused.status == 429);
  CHECK(field(refused, "retry-after") == "1140");
}

TEST_CASE("what a handler throws counts too") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto app = make_app();
  TestClient client(app);
  CHECK(get(client, "/fails").status == 409);
  CHECK(get(client, "/fails").status == 409);
  CHECK(get(client, "/fails").status == 429);
}

TEST_CASE("a limit of the application comes before routing, and leaves out what probes ask") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  App app;
  app.get<answer>("/health");
  app.get<answer>("/a");
  app.use(RateLimit{.limiter = RateLimiter(), .rate = "2/minute"});
  TestClient client(app);
  auto first = client.get("/a");
  CHECK(first.status == 200);
  CHECK(field(first, "ratelimit-policy") == R"("default";q=2;w=60)");
  CHECK(field(first, "ratelimit") == R"("default";r=1;t=30)");
  auto missing = client.get("/missing");
  CHECK(missing.status == 404);
  CHECK(field(missing, "ratelimit") == R"("default";r=0;t=30)");
  auto refused = client.get("/a");
  CHECK(refused.status == 429);
  CHECK(refused.text == R"({"detail":"Too Many Requests"})");
  CHECK(field(refused, "retry-after") == "30");
  for (int i = 0; i < 5; ++i) CHECK(client.get("/health").status == 200);
  CHECK(field(client.get("/health"), "ratelimit") == "(none)");

  CHECK_THROWS_WITH_AS(app.use(RateLimit{.limiter = RateLimiter(), .rate = "many"}),
                       doctest::Contains("RateLimit: rate \"many\""), std::invalid_argument);
}

TEST_CASE("a name goes into a header field as a string, whatever is in it") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  const RateLimiter limiter;
  Response response;
  run(limiter.require({{.name = "a\"b\\c\r\nd\xc3\xa9", .rate = {1, 60}}}, response));
  CHECK(response.headers.get("ratelimit-policy") == R"("a\"b\\cd";q=1;w=60)");
}

TEST_CASE("decisions are told to an observer") {
  struct Counting final : RateLimitObserver {
    void decided(std::string_view limit, RateLimitOutcome outcome) noexcept override {
      seen += std::string(limit) + (outcome == RateLimitOutcome::allowed ? "+ " : "- ");
    }
    void store_failed() noexcept override { seen += "failed "; }
    std::string seen;
  };
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  auto counting = std::make_shared<Counting>();
  const RateLimiter limiter({.observer = counting});
  const std::vector<Bucket> buckets{{.name = "wide", .rate = {9, 60}},
                                    {.name = "narrow", .rate = {1, 60}}};
  for (int i = 0; i < 2; ++i) run(limiter.take(buckets));
  CHECK(counting->seen == "wide+ narrow- ");
}
