// A client of a server in another process: one connection, kept alive, that waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace support {

struct HttpReply {
  int status = 0;  // 0: no whole reply came
  std::string head = {};
  std::string body = {};
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : port_(port) {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { close(); }

  /// Connects if need be. `body` is JSON. `fields` are more lines of the head: "cookie: a=b\r\n".
  HttpReply request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view bearer = {}, std::string_view fields = {});
  /// Sends a request and waits for nothing.
  bool send(std::string_view method, std::string_view target, std::string_view body = {},
            std::string_view bearer = {}, std::string_view fields = {});
  /// The reply to what was sent.
  HttpReply receive();
  void close();

 private:
  bool connect();

  std::uint16_t port_;
  int socket_ = -1;
  std::string buffer_ = {};
};

}  // namespace support
