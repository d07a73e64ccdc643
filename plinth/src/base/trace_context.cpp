#include "base/trace_context.hpp"

#include <algorithm>
#include <vector>

#include "base/blanks.hpp"
#include "base/unique_bits.hpp"

namespace plinth::base {
namespace {

constexpr std::size_t version_digits = 2;
constexpr std::size_t traceparent_bytes = 55;
constexpr std::size_t members_max = 32;
constexpr std::size_t key_bytes_max = 256;
constexpr std::size_t value_bytes_max = 256;
constexpr std::size_t tracestate_bytes_max = 512;
constexpr std::size_t large_member_bytes = 128;

// At most 16 lower-case digits.
std::optional<std::uint64_t> parse_hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    value = value << 4U | digit;
  }
  return value;
}

bool is_key(std::string_view text) {
  const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto is_other = [&](char c) {
    return is_first(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  };
  return !text.empty() && text.size() <= key_bytes_max && is_first(text.front()) &&
         std::ranges::all_of(text, is_other);
}

// The blank at the end has been trimmed.
bool is_value(std::string_view text) {
  const auto is_char = [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; };
  return !text.empty() && text.size() <= value_bytes_max && std::ranges::all_of(text, is_char);
}

std::size_t joined_bytes(const std::vector<std::string_view>& members) {
  std::size_t bytes = members.empty() ? 0 : members.size() - 1;
  for (const auto member : members) bytes += member.size();
  return bytes;
}

// Source: Trace Context 3.3.1.5
void shorten(std::vector<std::string_view>& members) {
  while (joined_bytes(members) > tracestate_bytes_max) {
    const auto is_large = [](std::string_view member) {
      return member.size() > large_member_bytes;
    };
    auto victim = std::find_if(members.rbegin(), members.rend(), is_large);
    if (victim == members.rend()) victim = members.rbegin();
    members.erase(std::next(victim).base());
  }
}

// False when the list is not one.
bool append_members(std::string_view field, std::vector<std::string_view>& members) {
  const auto key_of = [](std::string_view member) { return member.substr(0, member.find('=')); };
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    const auto member = strip_blanks(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == std::string_view::npos || !is_key(member.substr(0, equals)) ||
        !is_value(member.substr(equals + 1))) {
      return false;
    }
    const auto same = [&](std::string_view other) { return key_of(other) == key_of(member); };
    if (std::ranges::none_of(members, same)) members.push_back(member);
    if (members.size() > members_max) return false;
  }
  return true;
}

}  // namespace

std::optional<SpanContext> parse_traceparent(std::string_view field) {
  field = strip_blanks(field);
  if (field.size() < traceparent_bytes) return std::nullopt;
  if (field[2] != '-' || field[35] != '-' || field[52] != '-') return std::nullopt;
  const auto version = parse_hex(field.substr(0, version_digits));
  const auto high = parse_hex(field.substr(3, 16));
  const auto low = parse_hex(field.substr(19, 16));
  const auto span_id = parse_hex(field.substr(36, 16));
  const auto flags = parse_hex(field.substr(53, 2));
  if (!version || !high || !low || !span_id || !flags || *version == 0xff) return std::nullopt;
  if (field.size() > traceparent_bytes && (*version == 0 || field[traceparent_bytes] != '-')) {
    return std::nullopt;
  }
  const SpanContext context{
      .trace_id = {*high, *low}, .span_id = *span_id, .flags = static_cast<std::uint8_t>(*flags)};
  if (!context.trace_id || context.span_id == 0) return std::nullopt;
  return context;
}

std::string format_traceparent(const SpanContext& context) {
  std::string field(traceparent_bytes, '-');
  field[0] = '0';
  field[1] = '0';
  put_hex(field.data() + 3, context.trace_id.high);
  put_hex(field.data() + 19, context.trace_id.low);
  put_hex(field.data() + 36, context.span_id);
  field[53] = '0';
  field[54] = static_cast<char>('0' + (context.flags & (sampled_flag | random_flag)));
  return field;
}

std::string combine_tracestate(std::span<const std::string_view> fields) {
  std::vector<std::string_view> members;
  for (const auto field : fields) {
    if (!append_members(field, members)) return {};
  }
  shorten(members);
  std::string joined;
  for (const auto member : members) {
    if (!joined.empty()) joined += ',';
    joined += member;
  }
  return joined;
}

std::string to_text(const TraceId& id) {
  std::string digits(32, '0');
  put_hex(digits.data(), id.high);
  put_hex(digits.data() + 16, id.low);
  return digits;
}

std::string to_text(std::uint64_t span_id) {
  std::string digits(16, '0');
  put_hex(digits.data(), span_id);
  return digits;
}

}  // namespace plinth::base
