// A socket to Redis, over TCP, TLS or a unix path, that never blocks.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "plinth/task.hpp"
#include "redis/tls.hpp"
#include "redis/url.hpp"

namespace plinth::redis {

class Stream {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                  boost::asio::io_context::executor_type>;
  enum class Want : std::uint8_t { nothing, read, write };
  struct Moved {
    std::size_t bytes = 0;
    Want want = Want::nothing;  // what the socket must be ready for first
  };

  Stream(Socket socket, SslHandle ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  /// 0 bytes and no want: the other side has closed. Throws std::runtime_error when it is broken.
  Moved read(std::span<char> space);
  Moved write(std::string_view bytes);
  /// Of TLS; done when it wants nothing.
  Want shake_hands();
  /// Whether more may be there although a read did not fill its space.
  bool keeps_bytes() const { return ssl_ != nullptr; }
  Socket& socket() { return socket_; }

 private:
  Moved moved(int result);

  Socket socket_;
  SslHandle ssl_;  // null: plain
};

/// Resolves, connects and shakes hands, all within the limit. `turn` chooses among the addresses of
/// a name where to begin. Throws Unavailable, saying why.
Task<std::unique_ptr<Stream>> open_stream(Url url, std::int64_t limit_ms, unsigned turn);

}  // namespace plinth::redis
