// Traces of the whole service, configured as operators do it: by OpenTelemetry's environment
// variables; API processes, a worker, PostgreSQL or SQLite, Redis, and a collector.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/core/settings.hpp"
#include "app/core/tracing.hpp"
#include "support/command.hpp"
#include "support/database.hpp"
#include "support/http_client.hpp"
#include "support/log_file.hpp"
#include "support/otlp_receiver.hpp"
#include "support/redis.hpp"

using namespace app;
using support::Child;
using support::CommandOptions;
using support::find_span;
using support::HttpClient;
using support::LogFile;
using support::OtlpReceiver;
using support::run_command;

namespace {

constexpr auto parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto trace = "0af7651916cd43dd8448eb211c80319c";
constexpr auto ada = R"({"email": "ada@example.com", "password": "analytical"})";

CommandOptions environment(const std::string& database, const std::string& endpoint) {
  return {.folder = "/",  // where no .env is
          .environment = {"DATABASE_URL=" + database, "OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint,
                          "OTEL_EXPORTER_OTLP_HEADERS=api-key=s3cret", "OTEL_SERVICE_NAME=shop",
                          "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test",
                          "OTEL_BSP_SCHEDULE_DELAY=100"}};
}

CommandOptions logged(CommandOptions options, const LogFile& log) {
  options.log = log.path();
  return options;
}

int post(HttpClient& client, const char* path, const char* body) {
  return client.request("POST", path, body, {}, "traceparent: " + std::string(parent) + "\r\n")
      .status;
}

// The spans of the trace until one has that name, and the processes they came from.
struct Collected {
  std::vector<Json> spans;
  std::set<std::string> processes;

  bool has(const std::string& name) const {
    return std::ranges::any_of(spans, [&](const Json& span) { return span["name"] == Json(name); });
  }
  void collect(OtlpReceiver& receiver, const std::string& until) {
    while (!has(until)) {
      const auto report = receiver.next();
      CHECK(report["headers"]["api-key"] == Json("s3cret"));
      CHECK(report["resource"]["service.name"] == Json("shop"));
      CHECK(report["resource"]["deployment.environment.name"] == Json("test"));
      processes.insert(report["resource"]["process.pid"].str());
      for (const auto& span : report["spans"].items()) {
        if (span["trace"] == Json(trace)) spans.push_back(span);
      }
    }
  }
};

}  // namespace

TEST_CASE("a request, its statements and its task are one trace over two processes") {
  const support::TestDatabase database(support::Place::disk);
  const support::RedisServer redis;
  OtlpReceiver receiver;
  auto options = environment(database.url(), receiver.url());
  options.environment.push_back("REDIS_URL=" + redis.url());
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
  const LogFile api_log;
  const LogFile worker_log;
  Child api({APP_BINARY, "serve", "--port", "0"}, logged(options, api_log));
  Child worker({APP_BINARY, "worker"}, logged(options, worker_log));
  HttpClient client(api_log.port());
  CHECK(post(client, "/api/v1/auth/register", ada) == 201);

  Collected collected;
  collected.collect(receiver, "run/send_welcome_email");
  if (!collected.has("POST /api/v1/auth/register")) {
    collected.collect(receiver, "POST /api/v1/auth/register");
  }
  const auto& spans = collected.spans;
  const auto& request = find_span(spans, "POST /api/v1/auth/register");
  CHECK(request["parent"] == Json("b7ad6b7169203331"));
  CHECK(find_span(spans, "INSERT users")["trace"] == Json(trace));
  const auto& sent = find_span(spans, "apply_async/send_welcome_email");
  CHECK(find_span(spans, "run/send_welcome_email")["parent"] == sent["span"]);
  CHECK(collected.processes.size() == 2);
  for (const auto& span : spans) {
    CHECK(span.dump().find("ada@example.com") == std::string::npos);
    CHECK(span.dump().find("analytical") == std::string::npos);
  }
  CHECK(api_log.wait_for("trace_id=" + std::string(trace)));
  CHECK(worker_log.wait_for("trace_id=" + std::string(trace)));
  CHECK(api_log.text().find("s3cret") == std::string::npos);
}

TEST_CASE("each process of --workers exports, and sends what waits when it is told to end") {
  const support::TestDatabase database(support::Place::disk);
  OtlpReceiver receiver;
  auto options = environment(database.url(), receiver.url());
  options.environment.emplace_back("OTEL_BSP_SCHEDULE_DELAY=600000");  // later than the end
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
  const LogFile log;
  Child server({APP_BINARY, "serve", "--port", "0", "--workers", "2"}, logged(options, log));
  const auto port = log.port();
  constexpr int requests = 40;
  for (int i = 0; i < requests; ++i) {
    HttpClient client(port);  // a connection of its own, so that both processes are asked
    CHECK(client.request("GET", "/api/v1/users/me").status == 401);
    CHECK(client.request("GET", "/health").status == 200);  // left out
  }
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  std::set<std::string> processes;
  for (int seen = 0; seen < requests;) {
    const auto report = receiver.next();
    processes.insert(report["resource"]["process.pid"].str());
    for (const auto& span : report["spans"].items()) {
      CHECK(span["name"] != Json("GET /health"));
      if (span["name"] == Json("GET /api/v1/users/me")) ++seen;
    }
  }
  CHECK(processes.size() == 2);
}

TEST_CASE("a collector that is down costs a line of the log, and no request") {
  const support::TestDatabase database(support::Place::disk);
  const auto options = environment(database.url(), "http://127.0.0.1:1");
  REQUIRE(run_command({APP_BINARY, "migrate", "upgrade", "head"}, options).status == 0);
  const LogFile log;
  Child server({APP_BINARY, "serve", "--port", "0"}, logged(options, log));
  HttpClient client(log.port());
  CHECK(post(client, "/api/v1/auth/register", ada) == 201);
  CHECK(log.wait_for("spans cannot be exported"));
  CHECK(post(client, "/api/v1/auth/login", ada) == 200);
  server.signal(SIGTERM);
  CHECK(server.wait() == 0);
  const auto text = log.text();
  CHECK(text.find("spans cannot be exported") == text.rfind("spans cannot be exported"));
}

TEST_CASE("settings of tracing that cannot be are refused in one line") {
  const LogFile log;
  auto options = environment("sqlite:///:memory:", "localhost:4318");
  const auto ran = run_command({APP_BINARY, "serve", "--port", "0"}, options);
  CHECK(ran.status == 1);
  CHECK(ran.err.find("OTLP endpoint \"localhost:4318/v1/traces\": use http:// or https://") !=
        std::string::npos);
  options = environment("sqlite:///:memory:", "http://localhost:4317");
  options.environment.emplace_back("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
  const auto grpc = run_command({APP_BINARY, "serve", "--port", "0"}, options);
  CHECK(grpc.status == 1);
  CHECK(grpc.err.find("OTEL_EXPORTER_OTLP_PROTOCOL") != std::string::npos);
}

TEST_CASE("OTEL_SDK_DISABLED leaves the collector alone") {
  Settings settings{.otel_exporter_otlp_endpoint = "localhost:4318"};  // which is none
  CHECK_THROWS_AS(static_cast<void>(init_tracing(settings)), std::invalid_argument);
  settings.otel_sdk_disabled = true;
  const auto tracing = init_tracing(settings);
  CHECK(tracing.exported() == 0);
}
