#include "tasks/message_trace.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "db/statement_span.hpp"

namespace plinth::tasks {
namespace {

void set_header(Json::Object& headers, std::string_view name, std::string value) {
  const auto same = std::ranges::find(headers, name, &Json::Member::first);
  if (value.empty()) {
    if (same != headers.end()) headers.erase(same);
  } else if (same != headers.end()) {
    same->second = Json(std::move(value));
  } else {
    headers.emplace_back(std::string(name), Json(std::move(value)));
  }
}

std::string_view header_of(const Json::Object& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Json::Member::first);
  if (found == headers.end() || !found->second.is_string()) return {};
  return found->second.str();
}

// Source: opentelemetry-instrumentation-celery's names. Arguments are not among them.
void describe(base::Span& span, const Message& message, const char* action) {
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) span.set_attribute(key, value);
  };
  span.set_attribute("celery.action", action);
  text("celery.task_name", message.task);
  span.set_attribute("messaging.system", "celery");
  text("messaging.message.id", message.id);
  text("messaging.message.conversation_id",
       message.correlation_id.empty() ? message.id : message.correlation_id);
  text("messaging.destination.name", message.queue);
  if (message.retries > 0) span.set_attribute("celery.retries", message.retries);
  if (message.priority > 0) span.set_attribute("celery.priority", message.priority);
}

std::string_view state_name(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::success:
      return "SUCCESS";
    case Outcome::Kind::retry:
      return "RETRY";
    case Outcome::Kind::ignored:
      return "IGNORED";
    case Outcome::Kind::rejected:
      return "REJECTED";
    case Outcome::Kind::revoked:
      return "REVOKED";
    case Outcome::Kind::failure:
    case Outcome::Kind::handed_back:
      break;
  }
  return "FAILURE";
}

}  // namespace

void inject_trace(Message& message) {
  const auto* trail = base::current_trail();
  if (!trail || !trail->trace_id) return;
  auto span = base::start_leaf_span("apply_async/" + message.task, base::SpanKind::producer);
  if (span.is_recording()) {
    describe(span, message, "apply_async");
    span.set_attribute("messaging.operation.type", "send");
  }
  set_header(message.headers, "traceparent",
             base::format_traceparent(span.is_recording() ? span.context() : trail->outgoing()));
  set_header(message.headers, "tracestate", trail->trace_state);
}

void begin_run(base::Trail& trail, const Message& message) {
  if (!base::current_tracer()) return;
  const auto parent = base::parse_traceparent(header_of(message.headers, "traceparent"));
  std::string trace_state;
  if (parent) {
    const std::string_view fields[] = {header_of(message.headers, "tracestate")};
    trace_state = base::combine_tracestate(fields);
  }
  base::begin_trace(trail, parent ? &*parent : nullptr, std::move(trace_state));
}

base::Span run_span(base::Trail& trail, const Message& message, const RunInfo& info) {
  if (!trail.recording) return {};
  base::Span span(trail, "run/" + message.task, base::SpanKind::consumer);
  describe(span, message, "run");
  span.set_attribute("messaging.operation.type", "process");
  span.set_attribute("celery.hostname", info.hostname);
  if (info.deliveries > 1) span.set_attribute("celery.deliveries", std::int64_t{info.deliveries});
  return span;
}

void end_run(base::Span& span, const Outcome& outcome, const std::exception_ptr& error) {
  if (!span.is_recording()) return;
  span.set_attribute("celery.state", std::string(state_name(outcome.kind)));
  if (outcome.kind == Outcome::Kind::retry) {
    span.set_attribute("celery.retry.reason", outcome.error.type);
  }
  if (outcome.kind == Outcome::Kind::failure) {
    if (error) span.record_exception(error, !db::is_database_error(error));
    span.fail(outcome.error.type);
  }
  span.end();
}

}  // namespace plinth::tasks
