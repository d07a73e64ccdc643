// The application's own spans.
#include <utility>

#include "base/trace.hpp"
#include "plinth/tracing.hpp"

namespace plinth::tracing {
namespace {

base::SpanKind kind_of(Kind kind) {
  switch (kind) {
    case Kind::client:
      return base::SpanKind::client;
    case Kind::producer:
      return base::SpanKind::producer;
    case Kind::internal:
      break;
  }
  return base::SpanKind::internal;
}

base::Span* own_span() {
  const auto* trail = base::current_trail();
  return trail ? trail->own : nullptr;
}

}  // namespace

Span::Span(std::unique_ptr<base::Span> span) : span_(std::move(span)) {}
Span::Span(Span&&) noexcept = default;
Span::~Span() = default;

void Span::set_attribute(std::string_view key, std::string_view text) {
  if (span_) span_->set_attribute(key, std::string(text));
}
void Span::set_attribute(std::string_view key, bool flag) {
  if (span_) span_->set_attribute(key, flag);
}
void Span::set_attribute(std::string_view key, double number) {
  if (span_) span_->set_attribute(key, number);
}
void Span::set_integer(std::string_view key, std::int64_t number) {
  if (span_) span_->set_attribute(key, number);
}
void Span::add_event(std::string_view name) {
  if (span_) span_->add_event(name, {});
}
void Span::record_exception(const std::exception_ptr& error) {
  if (span_) span_->record_exception(error);
}
void Span::set_error(std::string_view why) {
  if (span_) span_->set_status(base::SpanStatus::error, why);
}
void Span::end() { span_.reset(); }

Span start_span(std::string_view name, Kind kind) {
  auto* trail = base::current_trail();
  if (!trail || !trail->recording) return Span(nullptr);
  return Span(std::make_unique<base::Span>(*trail, name, kind_of(kind)));
}

void set_attribute(std::string_view key, std::string_view text) {
  if (auto* span = own_span()) span->set_attribute(key, std::string(text));
}
void set_attribute(std::string_view key, std::int64_t number) {
  if (auto* span = own_span()) span->set_attribute(key, number);
}

std::string current_traceparent() { return base::outgoing_traceparent(); }
std::string current_tracestate() { return std::string(base::outgoing_tracestate()); }
std::string current_trace_id() {
  const auto* trail = base::current_trail();
  return trail && trail->trace_id ? base::to_text(trail->trace_id) : std::string();
}

}  // namespace plinth::tracing
