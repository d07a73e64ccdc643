// A server that answers as a test tells it to, one connection at a time, on a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "redis/command.hpp"
#include "redis/reply.hpp"

namespace redis_test {

class FakeRedis {
 public:
  /// The bytes to answer a command with; none: the connection is closed. `connection` counts from
  /// 1.
  using Answer =
      std::function<std::optional<std::string>(int connection, const plinth::redis::Words&)>;

  explicit FakeRedis(Answer answer, bool byte_by_byte = false)
      : answer_(std::move(answer)),
        byte_by_byte_(byte_by_byte),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("a port of the loopback cannot be opened");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;
  ~FakeRedis() {
    ::shutdown(listener_, SHUT_RDWR);
    if (const int open = open_.load(); open >= 0) ::shutdown(open, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }
  int connections() const { return connections_; }

 private:
  void serve() {
    for (int socket = -1; (socket = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      open_ = socket;
      ++connections_;
      converse(socket);
      open_ = -1;
      ::close(socket);
    }
  }

  // Commands are arrays of bulks: the reader of replies reads them.
  void converse(int socket) {
    plinth::redis::ReplyReader reader(1'000'000);
    std::string space(4096, '\0');
    for (ssize_t size = 0; (size = ::recv(socket, space.data(), space.size(), 0)) > 0;) {
      reader.feed({space.data(), static_cast<std::size_t>(size)});
      while (const auto command = reader.next()) {
        plinth::redis::Words words;
        for (const auto& item : command->items) words.push_back(item.text);
        const auto answer = answer_(connections_, words);
        if (!answer) return;
        send(socket, *answer);
      }
    }
  }

  void send(int socket, const std::string& bytes) const {
    const auto step = byte_by_byte_ ? 1 : bytes.size();
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      ::send(socket, bytes.data() + i, step, MSG_NOSIGNAL);
    }
  }

  Answer answer_;
  bool byte_by_byte_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> open_ = -1;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

/// What a Redis says to a client that has just connected.
inline std::optional<std::string> greet(const plinth::redis::Words& words) {
  if (words.front() == "CLIENT") return "+OK\r\n";
  if (words.front() == "PING") return "+PONG\r\n";
  return std::nullopt;
}

}  // namespace redis_test
