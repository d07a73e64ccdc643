#include "http1/sender.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace http1 {

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    std::perror("connect");
    std::exit(1);
  }
  return socket;
}

Sender::Sender(int socket, std::string data, bool half_close, std::size_t step)
    : socket_(socket), data_(std::move(data)), half_close_(half_close), step_(step) {}

void Sender::send_some() {
  while (sent_ < data_.size()) {
    const auto size = std::min(step_, data_.size() - sent_);
    const auto sent = ::send(socket_, data_.data() + sent_, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) break;
    sent_ += static_cast<std::size_t>(sent);
  }
  if (half_close_) ::shutdown(socket_, SHUT_WR);
  done_ = true;
}

}  // namespace http1
