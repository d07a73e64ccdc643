// A client's bytes: its socket, as it is or under TLS. Nothing here blocks.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "server/tls_session.hpp"

namespace plinth::server {

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Transport {
 public:
  /// `tls` is null where bytes go as they are.
  Transport(Socket socket, SSL_CTX* tls);

  Socket& socket() { return socket_; }
  bool is_tls() const { return tls_ != nullptr; }
  TlsSession& tls() { return *tls_; }
  /// From here on the bytes go as they are.
  void leave_tls() { tls_.reset(); }

  /// As recv and sendmsg: bytes, 0 from read() at the client's end, -1 with errno otherwise.
  ssize_t read(std::span<char> space);
  ssize_t write(std::string_view head, std::string_view content);
  /// There are bytes to read that the socket will not tell of.
  bool has_pending() const { return tls_ && tls_->has_pending(); }

  /// Nothing more will be written. False when the client has gone.
  bool shutdown();
  /// Ends the waits for the socket.
  void cancel();
  void close();

 private:
  Socket socket_;
  std::unique_ptr<TlsSession> tls_;
};

/// What errno says after a call that did not wait.
bool would_block(int error);

}  // namespace plinth::server
