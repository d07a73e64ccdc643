// Listening sockets: one for each event loop.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plinth::server {

struct Listener {
  int socket = -1;  // owned by who takes it
  bool is_ipv6 = false;
  // Another process has it too, and goes on with the connections that wait in it.
  bool inherited = false;
};

struct Listeners {
  std::vector<Listener> sockets;
  std::uint16_t port = 0;
};

/// The kernel spreads connections over `count` sockets (SO_REUSEPORT). Unless `shared`, an address
/// that any process listens on is refused. Throws std::runtime_error with a sentence, and leaves
/// nothing open.
Listeners open_listeners(const std::string& host, std::uint16_t port, unsigned count, bool shared);

/// `count` of them, or as many as were given when these are more; some loops then share one. Throws
/// std::runtime_error when one is no listening TCP socket.
Listeners adopt_listeners(std::span<const int> sockets, unsigned count);

/// From now on the kernel overlooks attempts to connect, which are made again a second later: by
/// then another process listens, or nobody. What was begun before still arrives.
void stop_arrivals(int listening_socket);

}  // namespace plinth::server
