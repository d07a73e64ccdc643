// A real proxy of one test's own before a server: nginx or HAProxy, fresh, on a free port.
//
// It gives each request that it forwards one X-Req-Id, whatever the client sent under that name,
// and keeps connections to the server alive, so that a request which the server takes for two, or
// two for one, shows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace support {

class Proxy {
 public:
  enum class Kind : std::uint8_t { nginx, haproxy };
  // A request that it has answered with what the server said.
  struct Forwarded {
    std::string id;
    std::string method;
    int status;
  };

  static bool is_installed(Kind kind);

  /// Started, and ready for clients. Throws std::runtime_error when it does not start.
  Proxy(Kind kind, std::uint16_t server_port);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  std::uint16_t port() const { return port_; }
  /// Lets it finish what it does, ends it, and tells what it has forwarded.
  std::vector<Forwarded> stop();

 private:
  bool try_start(std::uint16_t server_port);
  std::string configuration(std::uint16_t server_port) const;

  Kind kind_;
  std::string folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> process_;
};

}  // namespace support
