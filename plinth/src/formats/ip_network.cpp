#include "formats/ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace plinth::formats {

namespace {

constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int ipv4_prefix_bits = 96;

}  // namespace

bool IpAddress::is_ipv4() const {
  return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), bytes.begin());
}

std::string IpAddress::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool four = is_ipv4();
  const auto* from = four ? bytes.data() + ipv4_prefix.size() : bytes.data();
  ::inet_ntop(four ? AF_INET : AF_INET6, from, text.data(), text.size());
  return text.data();
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
  std::ranges::copy(text, terminated.begin());
  IpAddress address;
  if (text.find(':') != text.npos) {
    if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    return address;
  }
  std::ranges::copy(ipv4_prefix, address.bytes.begin());
  if (::inet_pton(AF_INET, terminated.data(), address.bytes.data() + ipv4_prefix.size()) != 1) {
    return std::nullopt;
  }
  return address;
}

bool IpNetwork::contains(const IpAddress& other) const {
  return network_of(other, prefix).address == address;
}

std::string IpNetwork::str() const {
  const int written =
      address.is_ipv4() && prefix >= ipv4_prefix_bits ? prefix - ipv4_prefix_bits : prefix;
  return address.str() + '/' + std::to_string(written);
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == text.npos) return network_of(*address, 128);
  const auto digits = text.substr(slash + 1);
  const bool four = address->is_ipv4() && text.find(':') == text.npos;
  int prefix = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || prefix < 0 ||
      prefix > (four ? 32 : 128)) {
    return std::nullopt;
  }
  return network_of(*address, four ? prefix + ipv4_prefix_bits : prefix);
}

IpNetwork network_of(const IpAddress& address, int prefix) {
  IpNetwork network{.address = address, .prefix = prefix};
  for (std::size_t i = 0; i < network.address.bytes.size(); ++i) {
    const int bits = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
    network.address.bytes[i] = static_cast<std::uint8_t>(
        network.address.bytes[i] &
        static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(bits)));
  }
  return network;
}

}  // namespace plinth::formats
