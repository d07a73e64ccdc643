// The server's side of TLS over one socket that does not block.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace plinth::server {

class TlsSession {
 public:
  enum class Step : unsigned char { done, wants_read, wants_write, failed };

  /// Throws std::bad_alloc. The socket must outlive it.
  TlsSession(SSL_CTX& context, int socket);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// To be called until it is done or has failed; a client that only talks is failed too.
  Step handshake();
  /// As recv and send: bytes, 0 at the client's end, -1 with errno (EAGAIN: wait for the socket).
  /// What write() could not send must be offered again, with what follows it.
  ssize_t read(std::span<char> space);
  ssize_t write(std::string_view bytes);
  /// Bytes have been decrypted that the socket will not tell of.
  bool has_pending() const { return SSL_pending(ssl_.get()) > 0; }
  /// Tells the client that nothing was cut off. What does not go out at once is let be.
  void close_notify();
  /// The client's first byte was a letter: it asked in plain HTTP.
  bool was_plain_http() const { return wire_.first >= 'A' && wire_.first <= 'Z'; }

  // What the session's BIO reads and writes.
  struct Wire {
    int socket;
    bool established = false;
    int first = -1;            // the client's first byte
    std::size_t received = 0;  // while shaking hands
  };

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Wire wire_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace plinth::server
