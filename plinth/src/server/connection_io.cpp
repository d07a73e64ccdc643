// What a connection does with its socket when a wait begins or ends: reads, writes, watches.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <utility>

#include "server/connection.hpp"
#include "server/worker.hpp"

namespace asio = boost::asio;

namespace plinth::server {
namespace {

constexpr std::size_t kept_output_max = 64 * 1024;

}  // namespace

// True when all has been sent. Otherwise there is no room, or the connection is broken.
bool Connection::send() {
  while (has_output()) {
    const std::string_view head = out_;
    const auto head_sent = std::min(sent_, head.size());
    const auto size = transport_.write(head.substr(head_sent), content_.substr(sent_ - head_sent));
    if (size < 0) {
      broken_ = !would_block(errno);
      return false;
    }
    sent_ += static_cast<std::size_t>(size);
  }
  release_output();
  return true;
}

void Connection::release_output() {
  if (out_.capacity() > kept_output_max) out_ = {};
  out_.clear();
  if (!content_.empty()) {
    content_ = {};
    large_ = {};
    worker_.answer_memory().give(std::exchange(charged_answer_, 0));
  }
  sent_ = 0;
  if (!background_.empty()) worker_.run_background(std::exchange(background_, {}));
}

void Connection::resume(Waiting kind) {
  if (waiting_ != kind || !waiter_) return;
  waiting_ = Waiting::nothing;
  std::exchange(waiter_, {}).resume();
}

// Asio reads at once when more bytes are known to be there, else when they come. Under TLS the
// socket's bytes are not the client's.
void Connection::receive() {
  if (transport_.is_tls()) return watch();
  const auto space = parser_.space();
  transport_.socket().async_read_some(
      asio::buffer(space.data(), space.size()),
      [keep = Pointer(this)](const boost::system::error_code& error, std::size_t size) {
        keep->on_bytes(error, size);
      });
}

void Connection::on_bytes(const boost::system::error_code& error, std::size_t size) {
  if (!waiter_) return;
  if (error && !expired_ && error != asio::error::eof) broken_ = true;
  arrived(size);
}

void Connection::arrived(std::size_t size) {
  received_ = size;
  parser_.received(size);
  if (size > 0) {
    expired_ = false;  // they came just in time
    fresh_ = true;
  }
  resume(Waiting::bytes);
}

// The next request may have come just when the time for it was over: then it is taken.
bool Connection::looked_again() {
  if (!expired_ || broken_ || parser_.started()) return false;
  const auto size = transport_.read(parser_.space());
  if (size <= 0) return false;
  parser_.received(static_cast<std::size_t>(size));
  expired_ = false;
  fresh_ = true;
  return true;
}

// Tells of bytes without reading them, so that the request which is being handled stays where it
// is.
void Connection::watch() {
  if (watching_) return;
  watching_ = true;
  auto readable = [keep = Pointer(this)](const boost::system::error_code& error) {
    keep->on_readable(error);
  };
  if (transport_.has_pending()) {
    asio::post(transport_.socket().get_executor(),
               std::bind_front(std::move(readable), boost::system::error_code()));
  } else {
    transport_.socket().async_wait(Socket::wait_read, std::move(readable));
  }
}

void Connection::on_readable(const boost::system::error_code& error) {
  watching_ = false;
  if (!waiter_) return;
  if (waiting_ == Waiting::handler) {
    if (error || client_left()) resume(Waiting::handler);
  } else if (waiting_ == Waiting::bytes) {
    if (expired_) return arrived(0);
    const auto size = transport_.read(parser_.space());
    if (size < 0 && would_block(errno)) return receive();
    broken_ |= size < 0;
    arrived(size < 0 ? 0 : static_cast<std::size_t>(size));
  }
}

// While the handler runs: takes what fits behind its request, and notices the end. A client that
// has only closed its sending side looks the same as one that has left.
bool Connection::client_left() {
  const auto spare = parser_.spare();
  if (spare.empty()) return false;
  const auto size = transport_.read(spare);
  if (size == 0) return !worker_.options().half_close;
  if (size < 0 && !would_block(errno)) return true;
  if (size > 0) parser_.received(static_cast<std::size_t>(size));
  watch();
  return false;
}

}  // namespace plinth::server
