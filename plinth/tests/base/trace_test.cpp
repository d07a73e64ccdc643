#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/trace.hpp"

namespace plinth::base {
namespace {

class Keeper final : public Tracer {
 public:
  explicit Keeper(bool samples = true, bool exports = true)
      : samples_(samples), exports_(exports), previous_(set_tracer(this)) {}
  ~Keeper() override { set_tracer(previous_); }

  bool samples(const TraceId&, const SpanContext* parent) const noexcept override {
    return parent ? (parent->flags & sampled_flag) != 0 : samples_;
  }
  bool exports() const noexcept override { return exports_; }
  void take(std::unique_ptr<SpanData> span) noexcept override { spans.push_back(std::move(*span)); }

  std::vector<SpanData> spans;

 private:
  bool samples_;
  bool exports_;
  Tracer* previous_;
};

constexpr SpanContext caller{.trace_id = {1, 2}, .span_id = 3, .flags = sampled_flag};

const SpanAttribute::Value* find(const std::vector<SpanAttribute>& all, std::string_view key) {
  for (const auto& attribute : all) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

std::string text_of(const std::vector<SpanAttribute>& all, std::string_view key) {
  const auto* value = find(all, key);
  REQUIRE(value);
  return std::get<std::string>(*value);
}

}  // namespace

TEST_CASE("without a tracer a trail stays empty and a span is none") {
  Trail trail;
  const Context context{.trail = &trail};
  const ContextScope scope(&context);
  begin_trace(trail, &caller);
  CHECK_FALSE(trail.trace_id);
  CHECK_FALSE(start_span("work").is_recording());
  CHECK(outgoing_traceparent().empty());
}

TEST_CASE("outside of a request a span is none") {
  const Keeper keeper;
  auto span = start_span("work");
  CHECK_FALSE(span.is_recording());
  span.set_attribute("key", std::int64_t{1});
  span.record_exception(std::make_exception_ptr(std::runtime_error("no")));
  span.end();
  CHECK(keeper.spans.empty());
}

TEST_CASE("a span is a child of the one it was opened in") {
  const Keeper keeper;
  Trail trail;
  const Context context{.trail = &trail};
  const ContextScope scope(&context);
  begin_trace(trail, nullptr);
  {
    const auto outer = start_span("outer", SpanKind::server);
    {
      const auto first = start_span("first");
      CHECK(outgoing_traceparent() ==
            format_traceparent({trail.trace_id, trail.span_id, sampled_flag | random_flag}));
    }
    const auto second = start_span("second", SpanKind::client);
  }
  REQUIRE(keeper.spans.size() == 3);
  const auto& outer = keeper.spans[2];
  CHECK(outer.name == "outer");
  CHECK(outer.parent_id == 0);
  CHECK(outer.kind == SpanKind::server);
  CHECK(outer.started_ns <= outer.ended_ns);
  for (int i : {0, 1}) {
    CHECK(keeper.spans[static_cast<std::size_t>(i)].parent_id == outer.span_id);
    CHECK(keeper.spans[static_cast<std::size_t>(i)].trace_id == outer.trace_id);
  }
  CHECK(trail.span_id == 0);
}

TEST_CASE("leaf spans may end in any order") {
  const Keeper keeper;
  Trail trail;
  const Context context{.trail = &trail};
  const ContextScope scope(&context);
  begin_trace(trail, nullptr);
  const auto outer = start_span("outer");
  auto first = start_leaf_span("first");
  auto second = start_leaf_span("second");
  CHECK(first.context().span_id != second.context().span_id);
  first.end();
  second.end();
  REQUIRE(keeper.spans.size() == 2);
  for (const auto& span : keeper.spans) CHECK(span.parent_id == outer.context().span_id);
  CHECK(trail.span_id == outer.context().span_id);
}

TEST_CASE("a caller's trace goes on, and the first span tells that its parent is elsewhere") {
  const Keeper keeper;
  Trail trail;
  begin_trace(trail, &caller, "vendor=1");
  CHECK(trail.recording);
  {
    const Span outer(trail, "outer", SpanKind::server);
    const Span inner(trail, "inner", SpanKind::internal);
  }
  REQUIRE(keeper.spans.size() == 2);
  CHECK_FALSE(keeper.spans[0].parent_is_remote);
  CHECK(keeper.spans[1].parent_is_remote);
  CHECK(keeper.spans[1].parent_id == caller.span_id);
  CHECK(keeper.spans[1].trace_id == caller.trace_id);
  CHECK(keeper.spans[1].trace_state == "vendor=1");
  CHECK(trail.span_id == caller.span_id);
}

TEST_CASE("what is not kept has a trace id, and tells others so") {
  const Keeper keeper(false);
  Trail trail;
  const Context context{.trail = &trail};
  const ContextScope scope(&context);
  begin_trace(trail, nullptr);
  CHECK(trail.trace_id);
  CHECK_FALSE(start_span("work").is_recording());
  const auto field = parse_traceparent(outgoing_traceparent());
  REQUIRE(field);
  CHECK(field->trace_id == trail.trace_id);
  CHECK(field->flags == random_flag);
  CHECK(outgoing_traceparent() != outgoing_traceparent());
  CHECK(keeper.spans.empty());
}

TEST_CASE("without an exporter the caller's place is handed on as it came") {
  const Keeper keeper(true, false);
  Trail trail;
  const Context context{.trail = &trail};
  const ContextScope scope(&context);
  begin_trace(trail, &caller, "vendor=1");
  CHECK_FALSE(trail.recording);
  CHECK(outgoing_traceparent() == format_traceparent(caller));
  CHECK(outgoing_tracestate() == "vendor=1");
}

TEST_CASE("an exception is an event, and the span's status") {
  const Keeper keeper;
  Trail trail;
  begin_trace(trail, nullptr);
  {
    Span span(trail, "work", SpanKind::internal);
    span.record_exception(std::make_exception_ptr(std::runtime_error("no room")));
  }
  const auto& span = keeper.spans.at(0);
  CHECK(span.status == SpanStatus::error);
  CHECK(span.status_message == "no room");
  CHECK(text_of(span.attributes, "error.type") == "std::runtime_error");
  REQUIRE(span.events.size() == 1);
  CHECK(span.events[0].name == "exception");
  CHECK(text_of(span.events[0].attributes, "exception.type") == "std::runtime_error");
  CHECK(text_of(span.events[0].attributes, "exception.message") == "no room");
}

TEST_CASE("attributes have names of their own, and there are at most 128") {
  const Keeper keeper;
  Trail trail;
  begin_trace(trail, nullptr);
  {
    Span span(trail, "work", SpanKind::internal);
    span.set_attribute("text", std::string(5000, 'x'));
    span.set_attribute("number", std::int64_t{1});
    span.set_attribute("number", std::int64_t{2});
    for (int i = 0; i < 130; ++i) span.set_attribute("key" + std::to_string(i), true);
  }
  const auto& span = keeper.spans.at(0);
  CHECK(text_of(span.attributes, "text").size() == 4096);
  CHECK(std::get<std::int64_t>(*find(span.attributes, "number")) == 2);
  CHECK(span.attributes.size() == 128);
  CHECK(span.dropped_attributes == 4);
}

}  // namespace plinth::base
