// A server that answers each connection with the same bytes, whatever they are, and then closes it
// or says nothing more.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace http_client_test {

class OddServer {
 public:
  enum class Then : unsigned char { close, hold };

  explicit OddServer(std::string answer, Then then = Then::close)
      : answer_(std::move(answer)), then_(then) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, any, size) < 0 || ::listen(listener_, 64) < 0 ||
        ::getsockname(listener_, any, &size) < 0 || ::pipe(end_) < 0) {
      throw std::runtime_error("no socket");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;
  ~OddServer() {
    ::close(end_[1]);
    thread_.join();
    ::close(end_[0]);
    ::close(listener_);
    for (const int socket : held_) ::close(socket);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void run() {
    for (;;) {
      pollfd watched[] = {{listener_, POLLIN, 0}, {end_[0], POLLIN, 0}};
      ::poll(watched, 2, -1);
      if (watched[1].revents != 0) return;
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      if (!answer_.empty()) {
        read_head(socket);
        [[maybe_unused]] const auto sent =
            ::send(socket, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      }
      if (then_ == Then::close) {
        ::close(socket);
      } else {
        held_.push_back(socket);
      }
    }
  }
  static void read_head(int socket) {
    std::string text;
    char c = 0;
    while (text.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) text += c;
  }

  std::string answer_;
  Then then_;
  int listener_ = -1;
  int end_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::vector<int> held_;
  std::thread thread_;
};

}  // namespace http_client_test
