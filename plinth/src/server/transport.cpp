#include "server/transport.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace plinth::server {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

Transport::Transport(Socket socket, SSL_CTX* tls)
    : socket_(std::move(socket)),
      tls_(tls ? std::make_unique<TlsSession>(*tls, socket_.native_handle()) : nullptr) {}

ssize_t Transport::read(std::span<char> space) {
  if (tls_) return tls_->read(space);
  return ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
}

ssize_t Transport::write(std::string_view head, std::string_view content) {
  if (tls_) return tls_->write(head.empty() ? content : head);
  iovec parts[2];
  std::size_t count = 0;
  for (const auto text : {head, content}) {
    if (!text.empty()) parts[count++] = {const_cast<char*>(text.data()), text.size()};
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool Transport::shutdown() {
  if (tls_) tls_->close_notify();
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  return !error;
}

void Transport::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace plinth::server
