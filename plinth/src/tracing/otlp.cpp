#include "tracing/otlp.hpp"

#include <charconv>
#include <cmath>
#include <type_traits>
#include <variant>

#include "json/writer.hpp"
#include "plinth/json.hpp"

namespace plinth::tracing {
namespace {

using base::SpanAttribute;
using base::SpanData;
using base::SpanEvent;

// Source: SpanFlags of trace.proto.
constexpr std::uint64_t has_is_remote = 0x100;
constexpr std::uint64_t is_remote = 0x200;

class Encoder {
 public:
  explicit Encoder(std::string& out) : json_(out) {}

  void request(std::span<const SpanAttribute> resource, const Spans& spans) {
    json_.begin_object();
    json_.key("resourceSpans");
    json_.begin_array();
    json_.begin_object();
    json_.key("resource");
    json_.begin_object();
    attributes(resource);
    json_.end_object();
    json_.key("scopeSpans");
    json_.begin_array();
    json_.begin_object();
    json_.key("scope");
    json_.begin_object();
    text("name", "plinth");
    text("version", PLINTH_VERSION);
    json_.end_object();
    json_.key("spans");
    json_.begin_array();
    for (const auto& each : spans) span(*each);
    json_.end_array();
    json_.end_object();
    json_.end_array();
    json_.end_object();
    json_.end_array();
    json_.end_object();
  }

 private:
  void span(const SpanData& data) {
    json_.begin_object();
    text("traceId", base::to_text(data.trace_id));
    text("spanId", base::to_text(data.span_id));
    if (!data.trace_state.empty()) text("traceState", data.trace_state);
    if (data.parent_id != 0) text("parentSpanId", base::to_text(data.parent_id));
    json_.key("flags");
    json_.unsigned_integer(data.flags | has_is_remote | (data.parent_is_remote ? is_remote : 0));
    text("name", data.name);
    json_.key("kind");
    json_.integer(static_cast<std::int64_t>(data.kind));
    integer_text("startTimeUnixNano", data.started_ns);
    integer_text("endTimeUnixNano", data.ended_ns);
    attributes(data.attributes);
    count("droppedAttributesCount", data.dropped_attributes);
    if (!data.events.empty()) {
      json_.key("events");
      json_.begin_array();
      for (const auto& each : data.events) event(each);
      json_.end_array();
    }
    count("droppedEventsCount", data.dropped_events);
    status(data);
    json_.end_object();
  }

  void event(const SpanEvent& event) {
    json_.begin_object();
    integer_text("timeUnixNano", event.time_ns);
    text("name", event.name);
    attributes(event.attributes);
    json_.end_object();
  }

  void status(const SpanData& data) {
    if (data.status == base::SpanStatus::unset) return;
    json_.key("status");
    json_.begin_object();
    if (!data.status_message.empty()) text("message", data.status_message);
    json_.key("code");
    json_.integer(static_cast<std::int64_t>(data.status));
    json_.end_object();
  }

  void attributes(std::span<const SpanAttribute> all) {
    json_.key("attributes");
    json_.begin_array();
    for (const auto& [key, value] : all) {
      json_.begin_object();
      text("key", key);
      json_.key("value");
      json_.begin_object();
      std::visit([this](const auto& held) { any_value(held); }, value);
      json_.end_object();
      json_.end_object();
    }
    json_.end_array();
  }

  template <class Held>
  void any_value(const Held& held) {
    if constexpr (std::is_same_v<Held, std::string>) {
      text("stringValue", held);
    } else if constexpr (std::is_same_v<Held, bool>) {
      json_.key("boolValue");
      json_.boolean(held);
    } else if constexpr (std::is_same_v<Held, double>) {
      json_.key("doubleValue");
      if (std::isfinite(held)) {
        json_.number(held);
      } else {
        json_.string(std::isnan(held) ? "NaN" : held > 0 ? "Infinity" : "-Infinity");
      }
    } else {
      integer_text("intValue", held);
    }
  }

  void text(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.string(value);
  }
  void integer_text(std::string_view key, std::int64_t value) { text(key, std::to_string(value)); }
  void count(std::string_view key, std::uint32_t value) {
    if (value == 0) return;
    json_.key(key);
    json_.unsigned_integer(value);
  }

  json::Writer json_;
};

}  // namespace

std::string encode(std::span<const SpanAttribute> resource, const Spans& spans) {
  std::string out;
  out.reserve(1024 + spans.size() * 1024);
  Encoder(out).request(resource, spans);
  return out;
}

PartialSuccess decode_response(std::string_view body) {
  PartialSuccess partial;
  Json response;
  try {
    response = Json::parse(body);
  } catch (const JsonError&) {
    return partial;  // a collector may answer with nothing
  }
  const auto* success = response.find("partialSuccess");
  if (!success || !success->is_object()) return partial;
  if (const auto* rejected = success->find("rejectedSpans")) {
    const auto digits = rejected->is_string() ? std::string(rejected->str()) : rejected->dump();
    std::from_chars(digits.data(), digits.data() + digits.size(), partial.rejected);
  }
  if (const auto* message = success->find("errorMessage"); message && message->is_string()) {
    partial.message = message->str();
  }
  return partial;
}

}  // namespace plinth::tracing
