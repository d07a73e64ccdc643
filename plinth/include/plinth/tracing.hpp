// Traces: what was done for a request, how long each part took, and who asked for it, over several
// services. Stands for opentelemetry-sdk, its OTLP exporter, and opentelemetry-instrument, which
// traces FastAPI, SQLAlchemy, Redis and Celery without being told. Example:
// plinth/examples/17_tracing.cpp
//
//   auto tracing = configure_tracing({.endpoint = "http://localhost:4318", .service_name =
//   "shop"});
//   ...
//   auto span = tracing::start_span("charge card");
//   span.set_attribute("order.id", order.id);
//
// A trace comes in with a request (traceparent, W3C Trace Context) or begins with it, and goes on
// through tasks and whatever else is asked. Requests, dependencies, statements, Redis commands and
// tasks are spans of their own accord. A span where nothing is sampled costs a branch.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plinth {

namespace base {
class Span;
}

/// The names are those of OpenTelemetry's environment variables, without OTEL_.
struct TracingOptions {
  // A collector's address: "http://localhost:4318", to which /v1/traces is added. "": spans go
  // nowhere, but traces are handed on and logged.
  std::string endpoint = {};
  std::string traces_endpoint = {};  // the same, as it stands
  // Sent along, percent-encoded as OpenTelemetry has it: "api-key=s3cret,tenant=shop".
  std::string headers = {};
  std::string certificate = {};      // a PEM file: who signed the collector's; "": the system's own
  std::string compression = "gzip";  // or "none"
  int timeout_ms = 10'000;           // of one export

  std::string service_name = {};  // "": resource_attributes', or unknown_service
  // "service.version=1.4,deployment.environment.name=production", percent-encoded.
  std::string resource_attributes = {};

  // always_on, always_off, traceidratio (of sampler_arg, 0 to 1), and each as parentbased_...: what
  // begins elsewhere is kept when it is kept there.
  std::string sampler = "parentbased_always_on";
  std::string sampler_arg = {};                  // "0.01"; "": 1
  std::vector<std::string> excluded_paths = {};  // whose requests are not traced: "/health"

  // OpenTelemetry's batch span processor (BSP).
  int schedule_delay_ms = 5'000;       // so long a span waits for others
  std::size_t max_queue_size = 2'048;  // of spans that wait; more are dropped, and counted
  std::size_t max_export_batch_size = 512;
  // At the end: how long what waits may take to be sent.
  int shutdown_timeout_ms = 5'000;
};

/// Tracing as configured, until it is destroyed: then what waits is sent, within the options' time.
class Tracing {
 public:
  class Impl;
  explicit Tracing(std::unique_ptr<Impl> impl);
  Tracing(Tracing&&) noexcept;
  Tracing& operator=(Tracing&&) = delete;
  ~Tracing();

  /// Waits until what was ended so far has been sent or given up, at most so long. Blocks: not on
  /// an event loop.
  void flush(int timeout_ms = 5'000);
  /// Spans that a collector took, and those that were dropped since it took none or the queue was
  /// full. A line of the log tells of these, too.
  std::uint64_t exported() const;
  std::uint64_t dropped() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// From now on the requests and tasks of the process are traced. A thread of its own sends the
/// spans, from the first one on: nobody waits for a collector, and one that is down costs a line of
/// the log a minute. For main: only one at a time.
///
/// throws  std::invalid_argument naming the option, the value and what is allowed
[[nodiscard]] Tracing configure_tracing(TracingOptions options = {});

namespace tracing {

enum class Kind : std::uint8_t { internal, client, producer };

/// A part of what is done for a request or a task; it ends with its scope. What is done within it,
/// statements and the like, are its children. Belongs to one thread and one request: not for
/// functions that run beside it (in_thread).
class Span {
 public:
  explicit Span(std::unique_ptr<base::Span> span);
  Span(Span&&) noexcept;
  Span& operator=(Span&&) = delete;
  ~Span();

  /// False: nothing is kept, and what is said of it is dropped.
  bool is_recording() const { return span_ != nullptr; }
  /// Never a secret, nor what is personal.
  void set_attribute(std::string_view key, std::string_view text);
  void set_attribute(std::string_view key, const char* text) {
    set_attribute(key, std::string_view(text));
  }
  void set_attribute(std::string_view key, bool flag);
  void set_attribute(std::string_view key, double number);
  template <std::integral Integer>
  void set_attribute(std::string_view key, Integer number) {
    set_integer(key, static_cast<std::int64_t>(number));
  }
  void add_event(std::string_view name);
  /// Its type and its message, and the span's status is an error.
  void record_exception(const std::exception_ptr& error);
  void set_error(std::string_view why);
  void end();

 private:
  void set_integer(std::string_view key, std::int64_t number);

  std::unique_ptr<base::Span> span_;
};

[[nodiscard]] Span start_span(std::string_view name, Kind kind = Kind::internal);

/// Of the request's or the task's own span, if it is recorded.
void set_attribute(std::string_view key, std::string_view text);
void set_attribute(std::string_view key, std::int64_t number);

/// What a service that is asked from here is to be told in traceparent and tracestate; "": nothing.
std::string current_traceparent();
std::string current_tracestate();
/// 32 lower-case digits, as in log lines; "" outside of a trace.
std::string current_trace_id();

}  // namespace tracing
}  // namespace plinth
