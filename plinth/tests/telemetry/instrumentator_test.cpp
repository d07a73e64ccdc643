#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/middleware.hpp"
#include "plinth/telemetry.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json health() { return Json::object({{"status", "ok"}}); }
Json item(Path<"id", std::int64_t> id) { return *id; }
Json broken() { throw std::runtime_error("broken"); }

App make_app(InstrumentatorOptions options = {}) {
  auto app = App();
  app.use(Cors{.allow_origins = {"*"}, .allow_methods = {"*"}});
  Instrumentator({}, options).instrument(app).expose(app, {.include_in_schema = false});
  app.get<health>("/health");
  app.get<item>("/items/{id}");
  app.get<broken>("/broken");
  return app;
}

TestClient client_of(App& app) {
  return TestClient(app, {.raise_server_exceptions = false, .follow_redirects = false});
}

bool has_line(const std::string& text, std::string_view line) {
  return text.find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("requests are counted by template, method and kind of status") {
  auto app = make_app();
  auto client = client_of(app);
  client.get("/health");
  client.get("/health");
  client.get("/items/7");
  client.get("/items/8");
  client.get("/items/x");
  client.get("/nope");
  client.get("/health/");
  client.post("/health", {});
  client.get("/broken");
  client.request({.method = "BREW", .url = "/health"});
  client.options("/health",
                 {{"origin", "https://a.test"}, {"access-control-request-method", "GET"}});
  const auto text = client.get("/metrics").text;
  for (
      const char* line :
      {R"(http_requests_total{handler="/health",method="GET",status="2xx"} 2.0)",
       R"(http_requests_total{handler="/items/{id}",method="GET",status="2xx"} 2.0)",
       R"(http_requests_total{handler="/items/{id}",method="GET",status="4xx"} 1.0)",
       R"(http_requests_total{handler="none",method="GET",status="4xx"} 1.0)",
       R"(http_requests_total{handler="/health/",method="GET",status="3xx"} 1.0)",
       R"(http_requests_total{handler="/health",method="POST",status="4xx"} 1.0)",
       R"(http_requests_total{handler="/broken",method="GET",status="5xx"} 1.0)",
       R"(http_requests_total{handler="/health",method="OTHER",status="4xx"} 1.0)",
       R"(http_requests_total{handler="none",method="OPTIONS",status="2xx"} 1.0)",
       R"(http_request_size_bytes_count{handler="/health"} 4.0)",
       R"(http_request_size_bytes_sum{handler="/health"} 4.0)",
       R"(http_response_size_bytes_sum{handler="/items/{id}"} 147.0)",
       R"(http_request_duration_highr_seconds_count 11.0)",
       R"(http_request_duration_seconds_bucket{handler="/items/{id}",le="+Inf",method="GET"} 3.0)"}) {
    INFO(std::string(line));
    CHECK(has_line(text, line));
  }
}

TEST_CASE("the scrape is text of version 0.0.4, answers GET only and is counted by the next") {
  auto app = make_app();
  auto client = client_of(app);
  auto first = client.get("/metrics", {{"accept", "application/openmetrics-text"}});
  CHECK(first.status == 200);
  CHECK(first.headers.get("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(first.text.find("handler=\"/metrics\"") == std::string::npos);
  CHECK(client.head("/metrics").status == 405);
  CHECK(has_line(client.get("/metrics").text,
                 R"(http_requests_total{handler="/metrics",method="GET",status="2xx"} 1.0)"));
}

namespace {

// HELP and TYPE lines, and samples without their values, in order.
std::vector<std::string> shape(const std::string& text, bool with_samples) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    auto line = text.substr(start, end - start);
    start = end + 1;
    const bool is_python = line.find("python_") != std::string::npos;
    if (!is_python && (line[0] == '#' || with_samples)) {
      lines.push_back(line[0] == '#' ? line : line.substr(0, line.rfind(' ')));
    }
  }
  return lines;
}

}  // namespace

TEST_CASE("names, texts, types and their order are the recorded ones") {
  std::ifstream file(PLINTH_TEST_DATA "/seed_metrics.txt");
  REQUIRE(file.is_open());
  const std::string recorded(std::istreambuf_iterator<char>(file), {});
  auto app = make_app();
  auto client = client_of(app);
  client.get("/health");
  CHECK(shape(client.get("/metrics").text, false) == shape(recorded, false));
}

TEST_CASE("buckets and labels of one request are the recorded ones") {
  auto app = make_app();
  auto client = client_of(app);
  client.get("/health");
  auto lines = shape(client.get("/metrics").text, true);
  auto first = std::ranges::find(lines, "# TYPE http_request_duration_highr_seconds histogram");
  std::string text;
  for (; first != lines.end(); ++first) {
    if (!first->starts_with("#")) text += first->substr(12) + "\n";
  }
  CHECK(text == R"(_duration_highr_seconds_bucket{le="0.01"}
_duration_highr_seconds_bucket{le="0.025"}
_duration_highr_seconds_bucket{le="0.05"}
_duration_highr_seconds_bucket{le="0.075"}
_duration_highr_seconds_bucket{le="0.1"}
_duration_highr_seconds_bucket{le="0.25"}
_duration_highr_seconds_bucket{le="0.5"}
_duration_highr_seconds_bucket{le="0.75"}
_duration_highr_seconds_bucket{le="1.0"}
_duration_highr_seconds_bucket{le="1.5"}
_duration_highr_seconds_bucket{le="2.0"}
_duration_highr_seconds_bucket{le="2.5"}
_duration_highr_seconds_bucket{le="3.0"}
_duration_highr_seconds_bucket{le="3.5"}
_duration_highr_seconds_bucket{le="4.0"}
_duration_highr_seconds_bucket{le="4.5"}
_duration_highr_seconds_bucket{le="5.0"}
_duration_highr_seconds_bucket{le="7.5"}
_duration_highr_seconds_bucket{le="10.0"}
_duration_highr_seconds_bucket{le="30.0"}
_duration_highr_seconds_bucket{le="60.0"}
_duration_highr_seconds_bucket{le="+Inf"}
_duration_highr_seconds_count
_duration_highr_seconds_sum
_duration_highr_seconds_created
_duration_seconds_bucket{handler="/health",le="0.1",method="GET"}
_duration_seconds_bucket{handler="/health",le="0.5",method="GET"}
_duration_seconds_bucket{handler="/health",le="1.0",method="GET"}
_duration_seconds_bucket{handler="/health",le="+Inf",method="GET"}
_duration_seconds_count{handler="/health",method="GET"}
_duration_seconds_sum{handler="/health",method="GET"}
_duration_seconds_created{handler="/health",method="GET"}
)");
}

TEST_CASE("what is measured can be narrowed") {
  auto app = make_app({.should_group_status_codes = false,
                       .should_ignore_untemplated = true,
                       .should_instrument_requests_inprogress = true,
                       .excluded_handlers = {"^/metrics$", "items"}});
  auto client = client_of(app);
  client.get("/health");
  client.get("/items/1");
  client.get("/nope");
  client.get("/metrics");
  const auto text = client.get("/metrics").text;
  CHECK(has_line(text, R"(http_requests_total{handler="/health",method="GET",status="200"} 1.0)"));
  CHECK(text.find("none") == std::string::npos);
  CHECK(text.find("/items") == std::string::npos);
  CHECK(text.find("handler=\"/metrics\"") == std::string::npos);
  CHECK(has_line(text, "http_requests_inprogress 1.0"));  // this scrape
}

TEST_CASE("an app's own metrics are shown beside") {
  CollectorRegistry registry;
  auto orders = Counter(registry, "orders", "Orders taken.");
  auto app = App();
  Instrumentator(registry).instrument(app).expose(app);
  auto client = client_of(app);
  orders.inc();
  CHECK(has_line(client.get("/metrics").text, "orders_total 1.0"));
  CHECK(client.get("/openapi.json").json["paths"].contains("/metrics"));
}
