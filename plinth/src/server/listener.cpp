#include "server/listener.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace plinth::server {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  bool is_ipv6() const { return bytes.ss_family == AF_INET6; }
  in_port_t& port() {
    return bytes.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bytes).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(bytes).sin_port;
  }
};

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

[[noreturn]] void fail(int error) {
  throw std::runtime_error(error == EADDRINUSE ? "the port is in use by another process"
                                               : std::generic_category().message(error));
}

Address resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found)) {
    throw std::runtime_error(::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Address address;
  address.size = found->ai_addrlen;
  __builtin_memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  return address;
}

Descriptor bind_and_listen(const Address& address, bool reuse_port) {
  Descriptor socket(
      ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.get() < 0) fail(errno);
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail(errno);
  if (reuse_port && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0) {
    fail(errno);
  }
  if (::bind(socket.get(), address.get(), address.size) < 0) fail(errno);
  if (::listen(socket.get(), SOMAXCONN) < 0) fail(errno);
  return socket;
}

Listeners open_all(Address address, unsigned count, bool shared) {
  // Sockets that share a port would silently share it with a second server too: try without first.
  if (!shared && address.port() != 0) static_cast<void>(bind_and_listen(address, false));
  std::vector<Descriptor> sockets;
  sockets.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    sockets.push_back(bind_and_listen(address, true));
    if (::getsockname(sockets.back().get(), address.get(), &address.size) < 0) fail(errno);
  }
  Listeners listeners{.sockets = {}, .port = ntohs(address.port())};
  for (auto& socket : sockets) {
    listeners.sockets.push_back({.socket = socket.release(), .is_ipv6 = address.is_ipv6()});
  }
  return listeners;
}

// The address of a socket that somebody else has opened.
Address address_of(int socket) {
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error("cannot serve on file descriptor " + std::to_string(socket) + ": " +
                             why);
  };
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0) {
    refuse(std::generic_category().message(errno));
  }
  Address address{.size = sizeof(sockaddr_storage)};
  if (::getsockname(socket, address.get(), &address.size) < 0) {
    refuse(std::generic_category().message(errno));
  }
  if (!listens || (address.bytes.ss_family != AF_INET && !address.is_ipv6())) {
    refuse("it is no TCP socket that listens");
  }
  return address;
}

}  // namespace

Listeners open_listeners(const std::string& host, std::uint16_t port, unsigned count, bool shared) {
  try {
    return open_all(resolve(host, port), count, shared);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) + ": " +
                             error.what());
  }
}

Listeners adopt_listeners(std::span<const int> sockets, unsigned count) {
  Listeners listeners;
  std::vector<Descriptor> copies;
  const auto wanted = std::max<std::size_t>(count, sockets.size());
  for (std::size_t i = 0; i < wanted; ++i) {
    const int socket = sockets[i % sockets.size()];
    auto address = address_of(socket);
    copies.emplace_back(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    if (copies.back().get() < 0) fail(errno);
    listeners.sockets.push_back({.is_ipv6 = address.is_ipv6(), .inherited = true});
    if (i == 0) listeners.port = ntohs(address.port());
  }
  for (std::size_t i = 0; i < wanted; ++i) listeners.sockets[i].socket = copies[i].release();
  return listeners;
}

// The filter sees what comes for the listening socket from its TCP header on: byte 13 has the
// flags, and an attempt is a SYN (2) without ACK (16).
void stop_arrivals(int listening_socket) {
  sock_filter program[] = {
      {.code = BPF_LD | BPF_B | BPF_ABS, .jt = 0, .jf = 0, .k = 13},
      {.code = BPF_ALU | BPF_AND | BPF_K, .jt = 0, .jf = 0, .k = 0x12},
      {.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 0, .jf = 1, .k = 0x02},
      {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0},
      {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0xffffffff},
  };
  const sock_fprog filter{.len = std::size(program), .filter = program};
  // Where it is refused, those who connect at the wrong moment are reset as they always were.
  ::setsockopt(listening_socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace plinth::server
