#include "server/tls_session.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>

namespace plinth::server {
namespace {

// A ClientHello has at most 16 KiB, and there are no client certificates.
constexpr std::size_t handshake_bytes_max = 32 * 1024;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

TlsSession::Wire& wire_of(BIO* bio) { return *static_cast<TlsSession::Wire*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO would let a closed connection end the process by SIGPIPE.
int write_to_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(wire_of(bio).socket, bytes, static_cast<std::size_t>(size),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  auto& wire = wire_of(bio);
  if (!wire.established && wire.received > handshake_bytes_max) {
    errno = EPROTO;
    return -1;
  }
  const auto got = ::recv(wire.socket, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && would_block()) BIO_set_retry_read(bio);
  if (got > 0 && !wire.established) {
    if (wire.first < 0) wire.first = static_cast<unsigned char>(*bytes);
    wire.received += static_cast<std::size_t>(got);
  }
  return static_cast<int>(got);
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "server socket");
    BIO_meth_set_write(made, write_to_socket);
    BIO_meth_set_read(made, read_from_socket);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

int bounded(std::size_t size) {
  return static_cast<int>(
      std::min<std::size_t>(size, static_cast<std::size_t>(std::numeric_limits<int>::max())));
}

}  // namespace

TlsSession::TlsSession(SSL_CTX& context, int socket)
    : wire_{.socket = socket}, ssl_(SSL_new(&context)) {
  BIO* bio = ssl_ ? BIO_new(socket_method()) : nullptr;
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsSession::Step TlsSession::handshake() {
  ERR_clear_error();
  const auto result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    wire_.established = true;
    return Step::done;
  }
  const auto error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) return Step::wants_read;
  if (error == SSL_ERROR_WANT_WRITE) return Step::wants_write;
  return Step::failed;
}

ssize_t TlsSession::read(std::span<char> space) {
  ERR_clear_error();
  errno = 0;
  const auto got = SSL_read(ssl_.get(), space.data(), bounded(space.size()));
  if (got > 0) return got;
  const auto cause = errno;
  const auto error = SSL_get_error(ssl_.get(), got);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) {
    errno = EAGAIN;
    return -1;
  }
  // HTTP knows itself where a message ends, so an end without close_notify is an end.
  if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && cause == 0)) return 0;
  errno = error == SSL_ERROR_SYSCALL ? cause : EPROTO;
  return -1;
}

ssize_t TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  const auto sent = SSL_write(ssl_.get(), bytes.data(), bounded(bytes.size()));
  if (sent > 0) return sent;
  const auto error = SSL_get_error(ssl_.get(), sent);
  ERR_clear_error();
  errno = error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
  return -1;
}

void TlsSession::close_notify() {
  if (!wire_.established) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace plinth::server
