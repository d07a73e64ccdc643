// How a trace goes from one service to the next: the header fields traceparent and tracestate.
// Source: W3C Trace Context Level 2; the cases are those of its own tests (test/test.py).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plinth::base {

struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  explicit operator bool() const { return (high | low) != 0; }
  bool operator==(const TraceId&) const = default;
};

/// The bits of traceparent's last member.
inline constexpr std::uint8_t sampled_flag = 1;
inline constexpr std::uint8_t random_flag = 2;

/// A place in a trace: what traceparent says.
struct SpanContext {
  TraceId trace_id;
  std::uint64_t span_id = 0;
  std::uint8_t flags = 0;
};

/// Empty for what the standard tells to ignore: a field that is malformed, with upper-case digits,
/// with an id of zeros, of version ff, or of version 00 with more behind it. Of a later version
/// what is known of it is read. White space around it is let go. No allocation.
std::optional<SpanContext> parse_traceparent(std::string_view field);

/// "00-<trace id>-<span id>-<flags>": of the flags only those that this version knows.
std::string format_traceparent(const SpanContext& context);

/// All tracestate fields of a message as one, without empty members and without the second of a
/// key; "" when any member is malformed or there are more than 32. Of more than 512 bytes the
/// members above 128 bytes go first, then those at the end.
std::string combine_tracestate(std::span<const std::string_view> fields);

/// 32 and 16 lower-case digits.
std::string to_text(const TraceId& id);
std::string to_text(std::uint64_t span_id);

}  // namespace plinth::base
