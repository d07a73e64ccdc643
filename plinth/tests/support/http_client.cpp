#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace support {

bool HttpClient::connect() {
  if (socket_ >= 0) return true;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Longer than any limit of the server: a reply that does not come is a failure, not a hang.
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
  close();
  return false;
}

void HttpClient::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  buffer_.clear();
}

bool HttpClient::send(std::string_view method, std::string_view target, std::string_view body,
                      std::string_view bearer, std::string_view fields) {
  if (!connect()) return false;
  std::string bytes = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nhost: a\r\n";
  bytes += fields;
  if (!bearer.empty()) bytes += "authorization: Bearer " + std::string(bearer) + "\r\n";
  if (!body.empty()) {
    bytes +=
        "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  }
  bytes += "\r\n" + std::string(body);
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

HttpReply HttpClient::receive() {
  constexpr std::string_view name = "\r\ncontent-length: ";
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto head = buffer_.substr(0, end + 4);
      const auto field = head.find(name);
      const auto size =
          field == std::string::npos ? 0 : std::stoul(head.substr(field + name.size()));
      if (buffer_.size() >= head.size() + size) {
        HttpReply reply{std::stoi(head.substr(9, 3)), head, buffer_.substr(head.size(), size)};
        buffer_.erase(0, head.size() + size);
        if (head.find("\r\nconnection: close") != std::string::npos) close();
        return reply;
      }
    }
    char bytes[16'384];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      close();
      return {};
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

HttpReply HttpClient::request(std::string_view method, std::string_view target,
                              std::string_view body, std::string_view bearer,
                              std::string_view fields) {
  if (!send(method, target, body, bearer, fields)) {
    // The server closed an idle connection, which every client has to expect.
    close();
    if (!send(method, target, body, bearer, fields)) {
      close();
      return {};
    }
  }
  return receive();
}

}  // namespace support
