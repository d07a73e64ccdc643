// Which bytes may stand where in HTTP/1.1 (RFC 9110 5.6, RFC 3986 2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/blanks.hpp"

namespace plinth::http {

namespace kind {
inline constexpr std::uint8_t token = 1;   // tchar
inline constexpr std::uint8_t target = 2;  // printable ASCII
inline constexpr std::uint8_t value = 4;   // field-vchar, SP, HTAB
inline constexpr std::uint8_t host = 8;    // unreserved and sub-delims
inline constexpr std::uint8_t digit = 16;
inline constexpr std::uint8_t hex = 32;
}  // namespace kind

namespace tables {
constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  const auto add = [&](std::string_view characters, std::uint8_t of) {
    for (const char c : characters) kinds[static_cast<unsigned char>(c)] |= of;
  };
  for (unsigned c = 0x21; c < 0x7f; ++c) kinds[c] |= kind::target | kind::value;
  for (unsigned c = 0x80; c < 0x100; ++c) kinds[c] |= kind::value;
  add(" \t", kind::value);
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  add(letters, kind::token | kind::host);
  add("0123456789", kind::token | kind::host | kind::digit | kind::hex);
  add("abcdefABCDEF", kind::hex);
  add("!#$%&'*+-.^_`|~", kind::token);
  add("-._~!$&'()*+,;=", kind::host);
  return kinds;
}
inline constexpr auto kinds = make_kinds();
}  // namespace tables

constexpr bool is(std::uint8_t wanted, char c) {
  return (tables::kinds[static_cast<unsigned char>(c)] & wanted) != 0;
}
constexpr bool is_token(char c) { return is(kind::token, c); }

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

using base::is_blank;
using base::strip_blanks;

/// `text` in any letter case equals `lower_case`.
constexpr bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

}  // namespace plinth::http
