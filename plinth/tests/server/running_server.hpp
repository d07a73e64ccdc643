// A server on a free loopback port, and a client that speaks plain bytes to it.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "plinth/server.hpp"

namespace server_test {

using Handle = std::function<plinth::Task<plinth::Response>(plinth::Request&)>;

struct FunctionHandler final : plinth::detail::Handler {
  explicit FunctionHandler(Handle function) : call(std::move(function)) {}
  plinth::Task<plinth::Response> handle(plinth::Request& request) override { return call(request); }
  Handle call;
};

/// Answers what it understood: "GET /path 5".
inline plinth::Task<plinth::Response> echo(plinth::Request& request) {
  co_return plinth::Response::text(std::string(request.method) + " " + request.path + " " +
                                   std::to_string(request.body.size()));
}

class RunningServer {
 public:
  explicit RunningServer(Handle handle, plinth::ServerOptions options = {})
      : own_(std::make_unique<FunctionHandler>(std::move(handle))),
        server_(*own_, at_any_port(std::move(options))) {
    start();
  }
  /// `handler`, an App perhaps, must outlive the server.
  explicit RunningServer(plinth::detail::Handler& handler, plinth::ServerOptions options = {})
      : server_(handler, at_any_port(std::move(options))) {
    start();
  }
  ~RunningServer() {
    if (thread_.joinable()) stop();
  }
  std::uint16_t port() const { return server_.port(); }
  plinth::Server& server() { return server_; }
  int wait() {
    thread_.join();
    return exit_code_;
  }
  int stop() {
    server_.stop();
    return wait();
  }

 private:
  static plinth::ServerOptions at_any_port(plinth::ServerOptions options) {
    options.port = 0;
    if (options.threads == 0) options.threads = 1;
    return options;
  }
  void start() {
    server_.listen();
    thread_ = std::thread([this] { exit_code_ = server_.run(); });
  }

  std::unique_ptr<FunctionHandler> own_;
  plinth::Server server_;
  std::thread thread_;
  int exit_code_ = -1;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
      throw std::runtime_error("cannot connect");
    }
    // A test that waits for ever says so.
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(); }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void half_close() { ::shutdown(socket_, SHUT_WR); }
  Client& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) break;  // the server has stopped reading
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }
  /// Up to and with `end`; what comes after it is kept. All there is when the server closes first.
  std::string receive_until(std::string_view end) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != buffer_.npos) return take(at + end.size());
      if (!receive_some()) return take(buffer_.size());
    }
  }
  std::string receive_bytes(std::size_t size) {
    while (buffer_.size() < size && receive_some()) {
    }
    return take(std::min(size, buffer_.size()));
  }
  std::string receive_all() {
    while (receive_some()) {
    }
    return take(buffer_.size());
  }

  struct Answer {
    std::string head;
    std::string body;
    int status() const { return head.size() > 12 ? std::stoi(head.substr(9, 3)) : 0; }
    bool has(std::string_view field) const { return head.find(field) != head.npos; }
  };
  /// The next response, its body by content-length.
  Answer answer(bool to_head = false) {
    Answer one{.head = receive_until("\r\n\r\n"), .body = {}};
    constexpr std::string_view name = "\r\ncontent-length: ";
    const auto length = one.head.find(name);
    if (length != one.head.npos && !to_head) {
      one.body = receive_bytes(std::stoul(one.head.substr(length + name.size())));
    }
    return one;
  }
  Answer get(std::string_view path) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return answer();
  }

 private:
  bool receive_some() {
    char bytes[65'536];
    const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      throw std::runtime_error("the server says nothing; so far: " + buffer_);
    }
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }
  std::string take(std::size_t size) {
    auto taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace server_test
