// What proxies say of a request: X-Forwarded-* and Forwarded (RFC 7239), read from the right, where
// the nearest proxy wrote. Only what a trusted hop wrote is looked at, so what a client sent itself
// cannot disturb the reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/ip_network.hpp"
#include "plinth/http.hpp"
#include "plinth/proxy_headers.hpp"

namespace plinth::middleware {

/// The hops that are believed.
class TrustedHops {
 public:
  /// Throws std::invalid_argument for what is no address or network.
  explicit TrustedHops(const std::vector<std::string>& hosts);

  bool contains(const formats::IpAddress& address) const;
  /// By Request::client_host, which need not be an address.
  bool contains(std::string_view client_host) const;

 private:
  bool all_ = false;
  std::vector<formats::IpNetwork> networks_;
  std::vector<std::string> names_;  // of what is no address: "testclient"
};

/// Empty members: not told.
struct Origin {
  std::string client_host = {};
  std::string_view scheme = {};  // static text, "http" or "https"
  std::string host = {};         // a valid authority
};

/// What a request tells that came from a trusted peer.
Origin find_origin(const Request& request, const TrustedHops& trusted, ForwardedBy fields);

/// The address in "203.0.113.7", "203.0.113.7:4711", "2001:db8::1", "[2001:db8::1]:4711".
std::optional<formats::IpAddress> parse_node(std::string_view text);

/// The last element of a comma separated list, which then ends before it. Commas in quoted strings
/// count as text; a string that does not begin makes one element of all that is left.
std::string_view take_last_element(std::string_view& list);

/// One element of Forwarded, of which other parameters are passed over.
struct ForwardedElement {
  std::string node = {};  // for=
  std::string proto = {};
  std::string host = {};
};
/// Empty when it is malformed, also by a parameter that comes twice.
std::optional<ForwardedElement> parse_forwarded_element(std::string_view text);

}  // namespace plinth::middleware
