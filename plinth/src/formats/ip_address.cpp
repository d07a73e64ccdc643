#include "formats/ip_address.hpp"

#include <algorithm>
#include <vector>

namespace plinth::formats {

namespace {

constexpr std::size_t hextets = 8;

// At most `parts_max` parts, the last with all that is left.
std::vector<CodePointsView> split(CodePointsView text, char32_t separator, std::size_t parts_max) {
  std::vector<CodePointsView> parts;
  while (parts.size() + 1 < parts_max) {
    const auto at = text.find(separator);
    if (at == text.npos) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

bool is_decimal_digit(char32_t c) { return c >= '0' && c <= '9'; }

bool is_hex(char32_t c) {
  return is_decimal_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string check_octet(CodePointsView octet) {
  if (octet.empty()) return "Empty octet not permitted";
  if (!std::ranges::all_of(octet, is_decimal_digit))
    return "Only decimal digits permitted in " + python_repr(octet);
  if (octet.size() > 3) return "At most 3 characters permitted in " + python_repr(octet);
  if (octet.size() > 1 && octet[0] == '0')
    return "Leading zeros are not permitted in " + python_repr(octet);
  const auto value = std::stoi(to_utf8(octet));
  if (value > 255) return "Octet " + std::to_string(value) + " (> 255) not permitted";
  return {};
}

std::string check_hextet(CodePointsView hextet) {
  if (!std::ranges::all_of(hextet, is_hex))
    return "Only hex digits permitted in " + python_repr(hextet);
  if (hextet.size() > 4) return "At most 4 characters permitted in " + python_repr(hextet);
  return {};
}

// Where "::" stands and how much it leaves; the error, or empty. The ends count as parts of their
// own.
std::string check_shape(const std::vector<CodePointsView>& parts) {
  constexpr std::string_view leading = "Leading ':' only permitted as part of '::'";
  constexpr std::string_view trailing = "Trailing ':' only permitted as part of '::'";
  std::size_t skip = 0;
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    if (!parts[i].empty()) continue;
    if (skip != 0) return "At most one '::' permitted";
    skip = i;
  }
  const bool open_start = parts.front().empty();
  const bool open_end = parts.back().empty();
  if (skip == 0) {
    if (parts.size() != hextets) return "Exactly 8 parts expected without '::'";
    if (open_start) return std::string(leading);
    if (open_end) return std::string(trailing);
    return {};
  }
  const std::size_t high = skip - (open_start ? 1 : 0);
  const std::size_t low = parts.size() - skip - 1 - (open_end ? 1 : 0);
  if (open_start && high != 0) return std::string(leading);
  if (open_end && low != 0) return std::string(trailing);
  if (high + low >= hextets) return "Expected at most 7 other parts with '::'";
  return {};
}

std::string check_length(CodePointsView text) {
  constexpr std::size_t size_max = 45;
  if (text.size() <= size_max) return {};
  CodePoints shown(text);
  if (text.size() > 100) {
    shown = CodePoints(text.substr(0, size_max)) +
            to_code_points("(" + std::to_string(text.size() - 2 * size_max) + " chars elided)") +
            CodePoints(text.substr(text.size() - size_max));
  }
  return "At most 45 characters expected in " + python_repr(shown);
}

}  // namespace

std::string check_ipv4(CodePointsView text) {
  if (text.find(U'/') != text.npos) return "Unexpected '/' in " + python_repr(text);
  if (text.empty()) return "Address cannot be empty";
  const auto octets = split(text, U'.', text.size() + 2);
  if (octets.size() != 4) return "Expected 4 octets in " + python_repr(text);
  for (auto octet : octets) {
    auto error = check_octet(octet);
    if (!error.empty()) return error + " in " + python_repr(text);
  }
  return {};
}

std::string check_ipv6(CodePointsView text) {
  if (text.find(U'/') != text.npos) return "Unexpected '/' in " + python_repr(text);
  const auto percent = text.find(U'%');
  if (percent != text.npos) {
    const auto scope = text.substr(percent + 1);
    if (scope.empty() || scope.find(U'%') != scope.npos)
      return "Invalid IPv6 address: \"" + python_repr(text) + "\"";
    text = text.substr(0, percent);
  }
  if (text.empty()) return "Address cannot be empty";
  if (auto error = check_length(text); !error.empty()) return error;

  const auto inside = " in " + python_repr(text);
  auto parts = split(text, U':', hextets + 2);
  if (parts.size() < 3) return "At least 3 parts expected" + inside;
  if (parts.back().find(U'.') != text.npos) {
    if (auto error = check_ipv4(parts.back()); !error.empty()) return error + inside;
    parts.back() = U"0";
    parts.push_back(U"0");
  }
  if (parts.size() > hextets + 1) return "At most 8 colons permitted" + inside;
  if (auto error = check_shape(parts); !error.empty()) return error + inside;
  for (auto part : parts) {
    if (auto error = check_hextet(part); !error.empty()) return error + inside;
  }
  return {};
}

}  // namespace plinth::formats
