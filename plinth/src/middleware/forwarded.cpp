#include "middleware/forwarded.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "http/authority.hpp"
#include "http/characters.hpp"
#include "middleware/text.hpp"

namespace plinth::middleware {

namespace {

using formats::IpAddress;

constexpr std::size_t parameters_max = 16;  // of an element; the RFC knows four

// RFC 9110 5.6.2
bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string_view known_scheme(std::string_view text) {
  const auto name = lower(text);
  if (name == "https" || name == "wss") return "https";
  if (name == "http" || name == "ws") return "http";
  return {};
}

bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t slashes = 0;
  while (slashes < at && text[at - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

// The values of the fields of that name, the last field first.
std::vector<std::string_view> values_from_the_right(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& field : request.headers | std::views::reverse) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

// All elements of the lists, from the right; empty ones are no elements (RFC 9110 5.6.1).
template <class Visit>
void visit_from_the_right(const Request& request, std::string_view name, Visit visit) {
  for (auto list : values_from_the_right(request, name)) {
    while (!list.empty()) {
      const auto element = http::strip_blanks(take_last_element(list));
      if (!element.empty() && !visit(element)) return;
    }
  }
}

// Goes from hop to hop while they are trusted.
struct Walk {
  const TrustedHops& trusted;
  Origin& origin;

  // Of an element that a trusted hop wrote; false when the one before it is nobody's to believe.
  bool step(const std::optional<IpAddress>& node) const {
    if (!node) return false;
    origin.client_host = node->str();
    return trusted.contains(*node);
  }
};

std::vector<std::string_view> elements(const Request& request, std::string_view name) {
  std::vector<std::string_view> all;
  visit_from_the_right(request, name, [&](std::string_view element) {
    all.push_back(element);
    return true;
  });
  return all;
}

// Beside the address that was taken when there are as many, else what the nearest proxy says.
std::string_view beside(const std::vector<std::string_view>& values, std::size_t taken,
                        std::size_t addresses) {
  if (values.empty()) return {};
  return values[addresses > 0 && values.size() == addresses ? taken : 0];
}

Origin from_x_forwarded(const Request& request, const TrustedHops& trusted) {
  Origin origin;
  const Walk walk{trusted, origin};
  const auto addresses = elements(request, "x-forwarded-for");
  std::size_t taken = 0;
  while (taken < addresses.size() && walk.step(parse_node(addresses[taken]))) ++taken;
  if (taken == addresses.size() && taken > 0) --taken;

  origin.scheme =
      known_scheme(beside(elements(request, "x-forwarded-proto"), taken, addresses.size()));
  const auto host = beside(elements(request, "x-forwarded-host"), taken, addresses.size());
  if (http::is_authority(host)) origin.host = host;
  return origin;
}

Origin from_forwarded(const Request& request, const TrustedHops& trusted) {
  Origin origin;
  const Walk walk{trusted, origin};
  visit_from_the_right(request, "forwarded", [&](std::string_view text) {
    const auto element = parse_forwarded_element(text);
    if (!element) return false;
    if (const auto scheme = known_scheme(element->proto); !scheme.empty()) origin.scheme = scheme;
    if (http::is_authority(element->host)) origin.host = element->host;
    return walk.step(parse_node(element->node));
  });
  return origin;
}

// Reads a token or a quoted string from the front of `text`.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    while (!text.empty() && is_token_character(text.front())) {
      value += text.front();
      text.remove_prefix(1);
    }
    if (value.empty()) return std::nullopt;
    return value;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && ++i == text.size()) break;
    value += text[i];
  }
  return std::nullopt;
}

}  // namespace

TrustedHops::TrustedHops(const std::vector<std::string>& hosts) {
  for (const auto& host : hosts) {
    if (host == "*") {
      all_ = true;
    } else if (const auto network = formats::parse_ip_network(host)) {
      networks_.push_back(*network);
    } else if (host == "testclient") {
      names_.push_back(host);
    } else {
      throw std::invalid_argument("ProxyHeaders: trusted host \"" + host +
                                  "\": write an address (10.0.0.1), a network (10.0.0.0/8) or *");
    }
  }
}

bool TrustedHops::contains(const IpAddress& address) const {
  return all_ || std::ranges::any_of(networks_, [&](const formats::IpNetwork& network) {
           return network.contains(address);
         });
}

bool TrustedHops::contains(std::string_view client_host) const {
  if (all_) return true;
  if (const auto address = formats::parse_ip_address(client_host)) return contains(*address);
  return std::ranges::find(names_, client_host) != names_.end();
}

Origin find_origin(const Request& request, const TrustedHops& trusted, ForwardedBy fields) {
  return fields == ForwardedBy::forwarded ? from_forwarded(request, trusted)
                                          : from_x_forwarded(request, trusted);
}

std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    text = text.substr(1, end - 1);
    if (text.find(':') == text.npos) return std::nullopt;
    return formats::parse_ip_address(text);
  }
  const auto colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) == text.npos) text = text.substr(0, colon);
  return formats::parse_ip_address(text);
}

std::string_view take_last_element(std::string_view& list) {
  bool quoted = false;
  for (auto i = list.size(); i-- > 0;) {
    if (list[i] == '"' && (!quoted || !is_escaped(list, i))) quoted = !quoted;
    if (list[i] != ',' || quoted) continue;
    const auto last = list.substr(i + 1);
    list = list.substr(0, i);
    return last;
  }
  return std::exchange(list, {});
}

std::optional<ForwardedElement> parse_forwarded_element(std::string_view text) {
  ForwardedElement element;
  std::vector<std::string> seen;
  while (!(text = http::strip_blanks(text)).empty()) {
    if (text.starts_with(';')) {
      text.remove_prefix(1);
      continue;
    }
    const auto equals = text.find('=');
    if (equals == text.npos || equals == 0) return std::nullopt;
    auto name = lower(text.substr(0, equals));
    if (!std::ranges::all_of(name, is_token_character)) return std::nullopt;
    if (seen.size() == parameters_max || std::ranges::find(seen, name) != seen.end()) {
      return std::nullopt;
    }
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    text = http::strip_blanks(text);
    if (!value || (!text.empty() && !text.starts_with(';'))) return std::nullopt;
    if (name == "for") element.node = std::move(*value);
    if (name == "proto") element.proto = std::move(*value);
    if (name == "host") element.host = std::move(*value);
    seen.push_back(std::move(name));
  }
  return element;
}

}  // namespace plinth::middleware
