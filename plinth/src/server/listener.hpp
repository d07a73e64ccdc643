// Listening sockets: one for each event loop, on one address.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plinth::server {

struct Listeners {
  std::vector<int> sockets;  // listening, owned by who takes them
  bool is_ipv6 = false;
  std::uint16_t port = 0;
};

/// The kernel spreads connections over `count` sockets (SO_REUSEPORT). Unless `shared`, an address
/// that any process listens on is refused. Throws std::runtime_error with a sentence, and leaves
/// nothing open.
Listeners open_listeners(const std::string& host, std::uint16_t port, unsigned count, bool shared);

}  // namespace plinth::server
