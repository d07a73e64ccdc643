#include "http/authority.hpp"

#include <algorithm>

#include "formats/ip_network.hpp"
#include "http/characters.hpp"

namespace plinth::http {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  for (const char c : text) {
    if (!is(kind::digit, c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65'535) return false;
  }
  return true;
}

// Followed by nothing or by ":" and a port, which may be empty.
bool ends_after_host(std::string_view rest) {
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

bool is_ipv6(std::string_view text) {
  return text.find(':') != text.npos && formats::parse_ip_address(text).has_value();
}

bool is_future_address(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == text.npos || dot < 2 || lower(text.front()) != 'v') return false;
  const auto version = text.substr(1, dot - 1);
  const auto address = text.substr(dot + 1);
  return !address.empty() &&
         std::ranges::all_of(version, [](char c) { return is(kind::hex, c); }) &&
         std::ranges::all_of(address, [](char c) { return c == ':' || is(kind::host, c); });
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return false;
    const auto address = text.substr(1, end - 1);
    return (is_ipv6(address) || is_future_address(address)) &&
           ends_after_host(text.substr(end + 1));
  }
  std::size_t i = 0;
  for (;;) {
    while (i < text.size() && is(kind::host, text[i])) ++i;
    const bool escape = i + 2 < text.size() && text[i] == '%' && is(kind::hex, text[i + 1]) &&
                        is(kind::hex, text[i + 2]);
    if (!escape) break;
    i += 3;
  }
  return i > 0 && ends_after_host(text.substr(i));
}

}  // namespace plinth::http
