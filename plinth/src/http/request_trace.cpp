#include "http/request_trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::http {
namespace {

// Others are "_OTHER": a client may send any token, and names of spans must be few.
constexpr std::array<std::string_view, 10> methods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE", "CONNECT"};

bool is_known(std::string_view method) {
  return std::ranges::find(methods, method) != methods.end();
}

// Two traceparent fields are as none.
std::optional<base::SpanContext> parent_of(const Request& request, std::string& trace_state) {
  const std::string_view* traceparent = nullptr;
  bool has_state = false;
  for (const auto& [name, value] : request.headers) {
    if (name == "traceparent") {
      if (traceparent) return std::nullopt;
      traceparent = &value;
    }
    has_state |= name == "tracestate";
  }
  if (!traceparent) return std::nullopt;
  const auto parent = base::parse_traceparent(*traceparent);
  if (parent && has_state) {
    std::vector<std::string_view> fields;
    for (const auto& [name, value] : request.headers) {
      if (name == "tracestate") fields.push_back(value);
    }
    trace_state = base::combine_tracestate(fields);
  }
  return parent;
}

// "example.com:8443", "[::1]:8000"
void set_server(base::Span& span, std::string_view host, std::string_view scheme) {
  if (host.empty()) return;
  std::int64_t port = scheme == "https" ? 443 : 80;
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  span.set_attribute("server.address", std::string(host));
  span.set_attribute("server.port", port);
}

struct FollowUp final : BackgroundTasks::Work {
  FollowUp(std::unique_ptr<BackgroundTasks::Work> work, base::Trail trail)
      : inner(std::move(work)), own(std::move(trail)) {
    own.own = nullptr;
  }

  Task<void> run() override {
    auto context = base::current_context ? *base::current_context : base::Context{};
    context.trail = &own;
    co_await base::in_context(context, traced());
  }
  Task<void> traced() {
    auto span = base::start_span("background task");
    own.own = &span;
    std::exception_ptr error;
    try {
      co_await inner->run();
    } catch (...) {
      error = std::current_exception();
    }
    if (!error) co_return;
    span.record_exception(error);
    std::rethrow_exception(error);
  }

  std::unique_ptr<BackgroundTasks::Work> inner;
  base::Trail own;
};

}  // namespace

void RequestTrace::begin(const Request& request) {
  span_ = {};
  span_id_ = 0;
  trail_.clear();
  const auto* tracer = base::current_tracer();
  if (!tracer) return;
  std::string trace_state;
  const auto parent = parent_of(request, trace_state);
  base::begin_trace(trail_, parent ? &*parent : nullptr, std::move(trace_state));
  if (!trail_.recording) return;
  if (tracer->leaves_out(request.path)) {
    trail_.recording = false;
    trail_.flags &= static_cast<std::uint8_t>(~base::sampled_flag);
    return;
  }
  peer_ = request.client_host;
  span_ = base::Span(trail_, request.method, base::SpanKind::server);
  span_id_ = trail_.span_id;
  trail_.own = &span_;
}

void RequestTrace::describe(const Request& request) {
  const bool known = is_known(request.method);
  std::string name(known ? request.method : "HTTP");
  if (!request.route.empty()) name.append(" ").append(request.route);
  span_.set_name(name);
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) span_.set_attribute(key, std::string(value));
  };
  text("http.request.method", known ? request.method : "_OTHER");
  if (!known) text("http.request.method_original", request.method);
  text("url.scheme", request.scheme);
  text("url.path", request.path);
  text("http.route", request.route);
  set_server(span_, request.host, request.scheme);
  text("client.address", request.client_host);
  text("network.peer.address", peer_);
  text("network.protocol.version", request.minor_version == 0 ? "1.0" : "1.1");
  if (const auto agent = request.header("user-agent")) text("user_agent.original", *agent);
}

void RequestTrace::end(const Request& request, int status) {
  if (!span_.is_recording()) return;
  describe(request);
  span_.set_attribute("http.response.status_code", std::int64_t{status});
  if (status >= 500) span_.fail(std::to_string(status));
  span_.end();
}

void RequestTrace::abandon(const Request& request) {
  if (!span_.is_recording()) return;
  describe(request);
  span_.fail("client_disconnected");
  span_.end();
}

void RequestTrace::follow(BackgroundTasks::List& work) const {
  if (!trail_.trace_id) return;
  for (auto& each : work) {
    auto trail = trail_;
    if (span_id_ != 0) {
      trail.span_id = span_id_;
      trail.remote = false;
    }
    each = std::make_unique<FollowUp>(std::move(each), std::move(trail));
  }
}

}  // namespace plinth::http
