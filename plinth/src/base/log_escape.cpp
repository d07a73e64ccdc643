#include "base/log_escape.hpp"

#include <cstdint>
#include <cstring>

namespace plinth::base {
namespace {

enum class Style : std::uint8_t { plain, quoted, json };

struct CodePoint {
  std::uint32_t value;
  std::size_t bytes;  // 0: no UTF-8 here
};

// Source: RFC 3629, section 4
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto lead = byte(0);
  const std::size_t bytes = lead < 0x80                   ? 1
                            : lead >= 0xc2 && lead < 0xe0 ? 2
                            : lead >= 0xe0 && lead < 0xf0 ? 3
                            : lead >= 0xf0 && lead < 0xf5 ? 4
                                                          : 0;
  if (bytes < 2) return {lead, bytes};
  if (text.size() < bytes) return {0, 0};
  std::uint32_t value = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {0, 0};
    value = value << 6U | (byte(i) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (overlong || surrogate || value > 0x10ffff) return {0, 0};
  return {value, bytes};
}

// Controls of ASCII and Latin-1, line and paragraph separators, marks of writing direction.
bool is_dangerous(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += "0123456789abcdef"[value >> static_cast<unsigned>(shift) & 15U];
  }
}

void append_escape(std::string& out, std::uint32_t c, Style style) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const bool is_short = c < 0x100 && style != Style::json;
  out += is_short ? "\\x" : "\\u";
  append_hex(out, c, is_short ? 2 : 4);
}

// Whether all of eight bytes are ASCII, no controls, and neither '"' nor '\\': the high bit of a
// byte is set in the sum where it is not so.
bool are_harmless(std::uint64_t bytes) {
  constexpr std::uint64_t each = 0x0101010101010101;
  const auto has_zero = [](std::uint64_t x) { return (x - each) & ~x; };
  const auto found = bytes | ((bytes - each * 0x20) & ~bytes) | has_zero(bytes ^ each * 0x7f) |
                     has_zero(bytes ^ each * '"') | has_zero(bytes ^ each * '\\');
  return (found & each * 0x80) == 0;
}

// How many bytes at the front stand for themselves in every style: most of what is logged.
std::size_t harmless_prefix(std::string_view text) {
  std::size_t count = 0;
  for (std::uint64_t bytes = 0; count + sizeof bytes <= text.size(); count += sizeof bytes) {
    std::memcpy(&bytes, text.data() + count, sizeof bytes);
    if (!are_harmless(bytes)) break;
  }
  for (; count < text.size(); ++count) {
    const auto c = static_cast<unsigned char>(text[count]);
    if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') break;
  }
  return count;
}

void append(std::string& out, std::string_view text, std::size_t limit, Style style) {
  const auto whole = text.size();
  const bool cut = whole > limit;
  if (cut) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80) --limit;
    text = text.substr(0, limit);
  }
  for (;;) {
    const auto harmless = harmless_prefix(text);
    out.append(text.substr(0, harmless));
    text.remove_prefix(harmless);
    if (text.empty()) break;
    const auto c = decode(text);
    if (c.bytes == 0) {
      if (style == Style::json) {
        out += "\xef\xbf\xbd";
      } else {
        append_escape(out, static_cast<unsigned char>(text[0]), style);
      }
    } else if (is_dangerous(c.value)) {
      append_escape(out, c.value, style);
    } else {
      if (style != Style::plain && (c.value == '"' || c.value == '\\')) out += '\\';
      out.append(text.substr(0, c.bytes));
    }
    text.remove_prefix(c.bytes == 0 ? 1 : c.bytes);
  }
  if (cut) out.append("... (").append(std::to_string(whole)).append(" bytes)");
}

}  // namespace

void append_plain(std::string& out, std::string_view text, std::size_t limit) {
  append(out, text, limit, Style::plain);
}

void append_quoted(std::string& out, std::string_view text, std::size_t limit) {
  out += '"';
  append(out, text, limit, Style::quoted);
  out += '"';
}

void append_json(std::string& out, std::string_view text, std::size_t limit) {
  out += '"';
  append(out, text, limit, Style::json);
  out += '"';
}

}  // namespace plinth::base
