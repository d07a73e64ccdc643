// The seam every module traces through. The module tracing puts its exporter behind it.
//
//   auto span = base::start_span("SELECT users", base::SpanKind::client);
//   if (span.is_recording()) span.set_attribute("db.system.name", "postgresql");
//
// A request or a task has one Trail, which base::Context points to. What runs for it runs on one
// stack between its waits, so the innermost open span is a member of the trail, and a new span
// needs to be told nothing.
//
// Thread safety: a Trail and its Spans belong to one thread; what a Tracer takes may come from any.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/context.hpp"
#include "base/trace_context.hpp"

namespace plinth::base {

/// The numbers are OTLP's.
enum class SpanKind : std::uint8_t {
  internal = 1,
  server = 2,
  client = 3,
  producer = 4,
  consumer = 5
};
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

struct SpanAttribute {
  using Value = std::variant<std::string, std::int64_t, double, bool>;
  std::string key;
  Value value;
};

struct SpanEvent {
  std::int64_t time_ns;  // since 1970
  std::string name;
  std::vector<SpanAttribute> attributes;
};

/// A finished span. Of attributes and events there are at most 128, and texts are at most 4096
/// bytes; what was more is counted.
struct SpanData {
  TraceId trace_id;
  std::uint64_t span_id = 0;
  std::uint64_t parent_id = 0;    // 0: the first of its trace
  bool parent_is_remote = false;  // of another process
  std::uint8_t flags = 0;
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  std::string trace_state;
  std::string name;
  std::string status_message;
  std::int64_t started_ns = 0;  // since 1970
  std::int64_t ended_ns = 0;
  std::vector<SpanAttribute> attributes;
  std::vector<SpanEvent> events;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
};

class Span;

/// Where a request or a task stands in its trace, and for whom it works.
struct Trail {
  TraceId trace_id;           // zero: in none
  std::uint64_t span_id = 0;  // of the innermost open span; without one, of the caller
  std::uint8_t flags = 0;     // what others are told
  bool recording = false;     // spans are kept
  bool remote = false;        // span_id is of another process
  std::string trace_state;
  std::string user_id;  // who is logged in, for log lines; "" when nobody is known to be
  Span* own = nullptr;  // the span of the request or the task itself, while it is open

  void clear() {
    trace_id = {};
    span_id = 0;
    flags = 0;
    recording = remote = false;
    trace_state.clear();
    user_id.clear();
    own = nullptr;
  }
  /// The present place, for those who are asked next. Where nothing is recorded, each of them is
  /// told an id of its own, unless that of the caller is handed on.
  SpanContext outgoing() const;
};

/// Who decides what is kept, and keeps it.
class Tracer {
 public:
  virtual ~Tracer() = default;
  /// Whether a trace is kept: a new one, or what belongs to `parent`.
  virtual bool samples(const TraceId& id, const SpanContext* parent) const noexcept = 0;
  /// False: it decides, and others are told, but spans go nowhere.
  virtual bool exports() const noexcept = 0;
  /// A path whose requests are not worth a trace, as those of probes.
  virtual bool leaves_out(std::string_view /*path*/) const noexcept { return false; }
  virtual void take(std::unique_ptr<SpanData> span) noexcept = 0;
};

/// Null, at the start: nobody traces, and trails stay empty. The tracer must outlive its use.
/// Returns the tracer that was there.
Tracer* set_tracer(Tracer* tracer) noexcept;
Tracer* current_tracer() noexcept;

/// Lets the trail take part in the trace of `parent`, or in a new one without. Without a tracer
/// nothing happens.
void begin_trace(Trail& trail, const SpanContext* parent, std::string trace_state = {});

/// A span that ends with its scope. One of nothing, which costs a branch, when the trail does not
/// record. Not to be moved while another is
/// open inside.
class Span {
 public:
  Span() = default;
  /// leaf  what is opened before its end is no child of it
  Span(Trail& trail, std::string_view name, SpanKind kind, bool leaf = false);
  Span(Span&& other) noexcept
      : trail_(other.trail_),
        outer_(other.outer_),
        leaf_(other.leaf_),
        data_(std::move(other.data_)) {}
  Span& operator=(Span&& other) noexcept {
    if (this == &other) return *this;
    if (data_) end();
    trail_ = other.trail_;
    outer_ = other.outer_;
    leaf_ = other.leaf_;
    data_ = std::move(other.data_);
    return *this;
  }
  ~Span() {
    if (data_) end();
  }

  bool is_recording() const { return data_ != nullptr; }
  /// What who is asked within it is told. Of a span that records.
  SpanContext context() const {
    return {.trace_id = data_->trace_id, .span_id = data_->span_id, .flags = data_->flags};
  }
  // Without effect on a span of nothing.
  void set_name(std::string_view name);
  void set_attribute(std::string_view key, SpanAttribute::Value value);
  void add_event(std::string_view name, std::vector<SpanAttribute> attributes);
  /// The status becomes an error, of that error.type. Of several the first counts.
  void fail(std::string_view type, std::string_view message = {});
  /// An event "exception", and fail(). Without its message where that may hold what is nobody's
  /// business.
  void record_exception(const std::exception_ptr& error, bool with_message = true);
  void set_status(SpanStatus status, std::string_view message = {});
  /// Of what was measured elsewhere; nanoseconds since 1970.
  void set_times(std::int64_t started_ns, std::int64_t ended_ns);
  void end() noexcept;

 private:
  Trail* trail_ = nullptr;
  std::uint64_t outer_ = 0;
  bool leaf_ = false;
  std::unique_ptr<SpanData> data_;
};

/// Of the request or task that runs on this thread just now; null outside of any.
inline Trail* current_trail() noexcept {
  return current_context ? current_context->trail : nullptr;
}
inline bool is_recording() noexcept {
  const auto* trail = current_trail();
  return trail && trail->recording;
}
inline Span start_span(std::string_view name, SpanKind kind = SpanKind::internal) {
  auto* trail = current_trail();
  if (!trail || !trail->recording) return {};
  return {*trail, name, kind};
}

/// Of one of several things that may go on at the same time: a statement, a command, a message.
inline Span start_leaf_span(std::string_view name, SpanKind kind = SpanKind::client) {
  auto* trail = current_trail();
  if (!trail || !trail->recording) return {};
  return {*trail, name, kind, true};
}

/// What an HTTP client says of the trace; "" outside of any.
std::string outgoing_traceparent();
std::string_view outgoing_tracestate() noexcept;

/// What was thrown: "std::runtime_error".
std::string type_name(const std::exception_ptr& error);

/// Nanoseconds since 1970, of the wall clock; no test stops it.
std::int64_t wall_ns() noexcept;

}  // namespace plinth::base
