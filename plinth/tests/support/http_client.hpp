// A client of a server in another process: one connection, kept alive, that waits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace support {

struct HttpReply {
  int status = 0;  // 0: no whole reply came
  std::string head = {};
  std::string body = {};
};

struct HttpClientOptions {
  std::string source = {};   // the address it comes from, "127.0.0.7"; "": the system's choice
  std::string ca_file = {};  // TLS, with a server that this authority knows; "": plain
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, HttpClientOptions options = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

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
  struct Tls;
  bool connect();
  bool begin_tls();
  bool write(std::string_view bytes);
  long read(char* bytes, int size);

  std::uint16_t port_;
  HttpClientOptions options_;
  std::unique_ptr<Tls> tls_;
  int socket_ = -1;
  std::string buffer_ = {};
};

}  // namespace support
