#include "tracing/exporter.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "support/otlp_receiver.hpp"

using namespace plinth;
using support::OtlpReceiver;
using tracing::Exporter;

namespace {

std::unique_ptr<base::SpanData> span_named(const std::string& name) {
  auto span = std::make_unique<base::SpanData>();
  span->trace_id = {1, 2};
  span->span_id = 3;
  span->flags = base::sampled_flag;
  span->name = name;
  span->started_ns = 1'700'000'000'000'000'000;
  span->ended_ns = 1'700'000'000'000'000'001;
  return span;
}

tracing::ExporterOptions to(const std::string& url) {
  return {.collector = {.url = url + "/v1/traces"},
          .resource = {{"service.name", "test"}},
          .schedule_delay_ms = 1,
          .pause_ms = 1,
          .pause_ms_max = 1};
}

// Lines about the exporter, while it lives.
class Lines final : public base::LogSink {
 public:
  Lines() : previous_(base::set_log_sink(this)) {}
  ~Lines() override { base::set_log_sink(previous_); }
  void write(const base::LogRecord& record) noexcept override {
    const std::lock_guard lock(mutex_);
    messages_.emplace_back(record.message);
  }
  std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  base::LogSink* previous_;
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

constexpr int long_ms = 60'000;

}  // namespace

TEST_CASE("a span arrives as it was, with who sends it") {
  OtlpReceiver receiver;
  Exporter exporter(to(receiver.url()));
  auto sent = span_named("work \xff \"quoted\"\n");
  sent->parent_id = 4;
  sent->parent_is_remote = true;
  sent->trace_state = "vendor=1";
  sent->kind = base::SpanKind::consumer;
  sent->status = base::SpanStatus::error;
  sent->status_message = "no room";
  sent->attributes = {{"text", "a"},
                      {"number", std::int64_t{-5}},
                      {"ratio", 0.5},
                      {"nan", std::numeric_limits<double>::quiet_NaN()},
                      {"flag", true}};
  sent->events = {{1'700'000'000'000'000'000, "exception", {{"exception.type", "E"}}}};
  sent->dropped_attributes = 7;
  exporter.take(std::move(sent));
  const auto report = receiver.next();
  CHECK(report["resource"] == Json::object({{"service.name", "test"}}));
  CHECK(report["headers"]["content-encoding"] == Json("gzip"));
  REQUIRE(report["spans"].size() == 1);
  CHECK(
      report["spans"][0] ==
      Json::object(
          {{"name", "work \xef\xbf\xbd \"quoted\"\n"},
           {"kind", 5},
           {"trace", "00000000000000010000000000000002"},
           {"span", "0000000000000003"},
           {"parent", "0000000000000004"},
           {"remote", true},
           {"flags", 1},
           {"state", "vendor=1"},
           {"start", 1'700'000'000'000'000'000},
           {"end", 1'700'000'000'000'000'001},
           {"attributes",
            Json::object(
                {{"text", "a"}, {"number", "-5"}, {"ratio", 0.5}, {"nan", "NaN"}, {"flag", true}})},
           {"events",
            Json::array({Json::object({{"name", "exception"},
                                       {"attributes", Json::object({{"exception.type", "E"}})}})})},
           {"status", Json::object({{"message", "no room"}, {"code", 2}})}}));
  exporter.flush(long_ms);
  CHECK(exporter.exported() == 1);
  CHECK(exporter.dropped() == 0);
}

TEST_CASE("headers are sent along, and a body may go as it is") {
  OtlpReceiver receiver;
  auto options = to(receiver.url());
  options.collector.headers = {{"api-key", "s3cret, with a comma"}};
  options.collector.gzip = false;
  Exporter exporter(options);
  exporter.take(span_named("work"));
  const auto report = receiver.next();
  CHECK(report["headers"]["api-key"] == Json("s3cret, with a comma"));
  CHECK_FALSE(report["headers"].contains("content-encoding"));
}

TEST_CASE("spans go in batches") {
  OtlpReceiver receiver;
  auto options = to(receiver.url());
  options.batch_limit = 2;
  Exporter exporter(options);
  for (int i = 0; i < 5; ++i) exporter.take(span_named(std::to_string(i)));
  std::vector<std::string> names;
  while (names.size() < 5) {
    const auto report = receiver.next();
    CHECK(report["spans"].size() <= 2);
    for (const auto& span : report["spans"].items()) names.push_back(span["name"].str());
  }
  CHECK(names == std::vector<std::string>{"0", "1", "2", "3", "4"});
}

TEST_CASE("a collector that is busy is asked again, with the same spans") {
  const Lines lines;
  OtlpReceiver receiver("503,429,502,504");
  Exporter exporter(to(receiver.url()));
  exporter.take(span_named("work"));
  for (int status : {503, 429, 502, 504, 200}) {
    const auto report = receiver.next();
    CHECK(report["status"] == Json(status));
    CHECK(report["spans"][0]["name"] == Json("work"));
  }
  exporter.flush(long_ms);
  CHECK(exporter.exported() == 1);
  CHECK(exporter.dropped() == 0);
  // One line about the trouble, one about its end.
  CHECK(lines.messages() ==
        std::vector<std::string>{"spans cannot be exported", "spans are exported again"});
}

TEST_CASE("who says when to come back is heeded") {
  OtlpReceiver receiver("503:1");
  auto options = to(receiver.url());
  options.retry_ms_max = 500;  // earlier than it says
  Exporter exporter(options);
  exporter.take(span_named("work"));
  CHECK(receiver.next()["status"] == Json(503));
  exporter.flush(long_ms);
  CHECK(exporter.dropped() == 1);
}

TEST_CASE("what a collector refuses for good is dropped and counted") {
  const Lines lines;
  OtlpReceiver receiver("400,200:2");
  auto options = to(receiver.url());
  options.batch_limit = 3;
  options.schedule_delay_ms = long_ms;
  Exporter exporter(options);
  exporter.take(span_named("refused"));
  exporter.flush(long_ms);
  CHECK(receiver.next()["status"] == Json(400));
  CHECK(exporter.dropped() == 1);
  for (int i = 0; i < 3; ++i) exporter.take(span_named("partly"));
  exporter.flush(long_ms);
  CHECK(exporter.exported() == 1);
  CHECK(exporter.dropped() == 3);
  CHECK(lines.messages().front() == "spans cannot be exported");
}

TEST_CASE("without a collector spans are dropped when the queue is full, and nobody waits") {
  const Lines lines;
  auto options = to("http://127.0.0.1:1");
  options.queue_limit = 10;
  options.batch_limit = 10;
  options.pause_ms = options.pause_ms_max = 1000;
  {
    Exporter exporter(options);
    for (int i = 0; i < 1000; ++i) exporter.take(span_named("work"));
    CHECK(exporter.dropped() >= 1000 - 20);
  }
  CHECK(lines.messages() == std::vector<std::string>{"spans cannot be exported"});
}

TEST_CASE("at the end what waits is sent") {
  OtlpReceiver receiver;
  auto options = to(receiver.url());
  options.schedule_delay_ms = long_ms;
  {
    Exporter exporter(options);
    exporter.take(span_named("last"));
  }
  CHECK(receiver.next()["spans"][0]["name"] == Json("last"));
}

TEST_CASE("an endpoint and headers that cannot be are refused by name") {
  CHECK_THROWS_WITH_AS(Exporter(to("localhost:4318")),
                       "OTLP endpoint \"localhost:4318/v1/traces\": use http:// or https://, as "
                       "http://localhost:4318",
                       std::invalid_argument);
  auto options = to("http://localhost");
  options.collector.headers = {{"a b", "c"}};
  CHECK_THROWS_WITH_AS(Exporter{options}, "OTLP headers: \"a b\" is no name of a header",
                       std::invalid_argument);
  options.collector.headers = {{"key", "a\r\nb"}};
  CHECK_THROWS_WITH_AS(Exporter{options},
                       "OTLP headers: the value of \"key\" has characters that no header may have",
                       std::invalid_argument);
}
