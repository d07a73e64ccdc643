// IP addresses and networks as numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::formats {

/// Both families in one form: an IPv4 address is ::ffff:a.b.c.d, RFC 4291 2.5.5.2.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_ipv4() const;
  /// "203.0.113.7", "2001:db8::1" as RFC 5952 writes it.
  std::string str() const;
  bool operator==(const IpAddress&) const = default;
};

/// "203.0.113.7", "2001:db8::1", "::ffff:203.0.113.7"; without brackets, port and zone.
std::optional<IpAddress> parse_ip_address(std::string_view text);

struct IpNetwork {
  IpAddress address;  // its bits past the prefix are zero
  int prefix = 128;   // bits of the 128; 96 more than it is written for IPv4

  bool contains(const IpAddress& other) const;
  /// "203.0.113.0/24"
  std::string str() const;
};

/// "10.0.0.0/8", "2001:db8::/32", or one address. Bits past the prefix are cleared.
std::optional<IpNetwork> parse_ip_network(std::string_view text);
/// The first `prefix` bits of 128.
IpNetwork network_of(const IpAddress& address, int prefix);

}  // namespace plinth::formats
