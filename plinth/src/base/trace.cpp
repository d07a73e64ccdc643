#include "base/trace.hpp"

#include <cxxabi.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <typeinfo>

#include "base/unique_bits.hpp"

namespace plinth::base {
namespace {

constexpr std::size_t attributes_max = 128;
constexpr std::size_t events_max = 128;
constexpr std::size_t span_text_bytes_max = 4096;

constinit std::atomic<Tracer*> tracer = nullptr;

std::uint64_t new_span_id() {
  for (;;) {
    if (const auto bits = unique_bits(); bits != 0) return bits;
  }
}

TraceId new_trace_id() { return {unique_bits(), new_span_id()}; }

// Not in the middle of a character.
std::string_view shortened_text(std::string_view text) {
  if (text.size() <= span_text_bytes_max) return text;
  auto size = span_text_bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
  return text.substr(0, size);
}

SpanAttribute::Value shortened(SpanAttribute::Value value) {
  if (auto* text = std::get_if<std::string>(&value)) text->resize(shortened_text(*text).size());
  return value;
}

std::string readable(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string text = status == 0 ? name : type.name();
  std::free(name);  // NOLINT(cppcoreguidelines-no-malloc): it was allocated there
  return text;
}

}  // namespace

Tracer* set_tracer(Tracer* next) noexcept { return tracer.exchange(next); }
Tracer* current_tracer() noexcept { return tracer.load(std::memory_order_acquire); }

std::int64_t wall_ns() noexcept {
  ::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

SpanContext Trail::outgoing() const {
  const bool is_own = recording || (remote && span_id != 0);
  return {.trace_id = trace_id, .span_id = is_own ? span_id : new_span_id(), .flags = flags};
}

void begin_trace(Trail& trail, const SpanContext* parent, std::string trace_state) {
  const auto* by = current_tracer();
  if (!by) return;
  const bool exports = by->exports();
  if (parent) {
    trail.trace_id = parent->trace_id;
    trail.span_id = parent->span_id;
    trail.remote = true;
    trail.trace_state = std::move(trace_state);
  } else {
    trail.trace_id = new_trace_id();
    trail.span_id = 0;
    trail.remote = false;
  }
  const bool sampled = by->samples(trail.trace_id, parent);
  const std::uint8_t random = parent ? parent->flags & random_flag : random_flag;
  trail.flags = static_cast<std::uint8_t>(random | (sampled ? sampled_flag : 0));
  trail.recording = sampled && exports;
  // Nobody will find a span of this process, so where it was called from is said again as it is.
  if (!exports && parent) trail.flags = parent->flags;
  // What is logged has a span id; it is a new one where this process has a part of its own.
  if (!trail.recording && (exports || !parent)) {
    trail.span_id = new_span_id();
    trail.remote = false;
  }
}

Span::Span(Trail& trail, std::string_view name, SpanKind kind, bool leaf)
    : trail_(&trail), outer_(trail.span_id), leaf_(leaf), data_(std::make_unique<SpanData>()) {
  data_->trace_id = trail.trace_id;
  data_->span_id = new_span_id();
  data_->parent_id = trail.span_id;
  data_->parent_is_remote = trail.remote;
  data_->flags = trail.flags;
  data_->kind = kind;
  data_->trace_state = trail.trace_state;
  data_->name = shortened_text(name);
  data_->started_ns = wall_ns();
  if (leaf) return;
  trail.span_id = data_->span_id;
  trail.remote = false;
}

void Span::set_name(std::string_view name) {
  if (data_) data_->name = shortened_text(name);
}

void Span::set_attribute(std::string_view key, SpanAttribute::Value value) {
  if (!data_) return;
  auto& all = data_->attributes;
  const auto same = std::ranges::find(all, key, &SpanAttribute::key);
  if (same != all.end()) {
    same->value = shortened(std::move(value));
  } else if (all.size() < attributes_max) {
    all.push_back({std::string(shortened_text(key)), shortened(std::move(value))});
  } else {
    ++data_->dropped_attributes;
  }
}

void Span::add_event(std::string_view name, std::vector<SpanAttribute> attributes) {
  if (!data_) return;
  if (data_->events.size() == events_max) {
    ++data_->dropped_events;
    return;
  }
  for (auto& attribute : attributes) attribute.value = shortened(std::move(attribute.value));
  data_->events.push_back({wall_ns(), std::string(shortened_text(name)), std::move(attributes)});
}

void Span::fail(std::string_view type, std::string_view message) {
  if (!data_ || data_->status == SpanStatus::error) return;
  set_attribute("error.type", std::string(type));
  set_status(SpanStatus::error, message);
}

void Span::record_exception(const std::exception_ptr& error, bool with_message) {
  if (!data_ || !error) return;
  const auto type = type_name(error);
  if (!with_message) {
    add_event("exception", {{"exception.type", type}});
    return fail(type);
  }
  std::string message;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    message = thrown.what();
  } catch (...) {  // its type says all there is
  }
  add_event("exception", {{"exception.type", type}, {"exception.message", message}});
  fail(type, message);
}

void Span::set_status(SpanStatus status, std::string_view message) {
  if (!data_) return;
  data_->status = status;
  data_->status_message =
      status == SpanStatus::error ? shortened_text(message) : std::string_view{};
}

void Span::set_times(std::int64_t started_ns, std::int64_t ended_ns) {
  if (!data_) return;
  data_->started_ns = started_ns;
  data_->ended_ns = ended_ns;
}

void Span::end() noexcept {
  if (!data_) return;
  // Only if nobody took this trail for another trace meanwhile.
  if (!leaf_ && trail_->span_id == data_->span_id) {
    trail_->span_id = outer_;
    trail_->remote = data_->parent_is_remote;
  }
  if (data_->ended_ns == 0) data_->ended_ns = std::max(wall_ns(), data_->started_ns);
  if (auto* by = current_tracer()) by->take(std::move(data_));
  data_.reset();
}

std::string type_name(const std::exception_ptr& error) {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return readable(typeid(thrown));
  } catch (...) {
    const auto* thrown = abi::__cxa_current_exception_type();
    return thrown ? readable(*thrown) : "unknown";
  }
}

std::string outgoing_traceparent() {
  const auto* trail = current_trail();
  if (!trail || !trail->trace_id) return {};
  return format_traceparent(trail->outgoing());
}

std::string_view outgoing_tracestate() noexcept {
  const auto* trail = current_trail();
  return trail && trail->trace_id ? std::string_view(trail->trace_state) : std::string_view{};
}

}  // namespace plinth::base
