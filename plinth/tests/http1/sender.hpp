// A client of raw bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace http1 {

/// A socket that its caller closes. Ends the program when there is nobody.
int connect_to(std::uint16_t port);

// Sends what there is room for; a server that stopped reading is not waited for.
class Sender {
 public:
  /// step  bytes in one packet
  Sender(int socket, std::string data, bool half_close, std::size_t step);

  bool done() const { return done_; }
  void send_some();

 private:
  int socket_;
  std::string data_;
  bool half_close_;
  std::size_t step_;
  std::size_t sent_ = 0;
  bool done_ = false;
};

}  // namespace http1
