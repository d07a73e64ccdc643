#include "server/connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "server/worker.hpp"

namespace asio = boost::asio;

namespace plinth::server {
namespace {

using Status = http::RequestParser::Status;

constexpr std::size_t copied_content_max = 16 * 1024;  // larger bodies are sent from where they are
constexpr std::size_t held_output_max = 64 * 1024;  // answers of pipelined requests go out together
constexpr std::size_t kept_output_max = 64 * 1024;
constexpr std::size_t discarded_max = 1024 * 1024;
constexpr int linger_ms = 2'000;

http::ParserLimits limits_of(const ServerOptions& options) {
  return {.request_line_bytes = options.request_line_bytes_max,
          .header_bytes = options.header_bytes_max,
          .header_fields = options.header_fields_max,
          .body_bytes = options.body_bytes_max,
          .chunk_extension_bytes = options.chunk_extension_bytes_max,
          .trailer_bytes = options.trailer_bytes_max};
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void log_escaped(std::exception_ptr error, const Request& request) noexcept {
  std::string_view what = "unknown exception";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    what = failure.what();
    base::log(base::Level::error, "a handler failed",
              {{"method", request.method}, {"path", request.path}, {"error", what}});
  } catch (...) {
    base::log(base::Level::error, "a handler failed",
              {{"method", request.method}, {"path", request.path}, {"error", what}});
  }
}

Task<Response> failed(std::exception_ptr error) {
  std::rethrow_exception(error);
  co_return Response{};
}

}  // namespace

// The waits. Each is resumed through resume() with its own kind, or not at all.

struct Connection::Bytes {
  Connection& self;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    self.waiter_ = waiter;
    self.waiting_ = Waiting::bytes;
    if (!self.watching_) self.receive();
  }
  std::size_t await_resume() const noexcept { return self.received_; }
};

struct Connection::Room {
  Connection& self;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    self.waiter_ = waiter;
    self.waiting_ = Waiting::room;
    self.enter(Phase::write, self.worker_.options().write_timeout_ms);
    self.socket_.async_wait(
        Socket::wait_write,
        [keep = Pointer(&self)](const boost::system::error_code&) { keep->resume(Waiting::room); });
  }
  void await_resume() const noexcept {}
};

// True when the handler has ended, false when its client has gone.
struct Connection::Handled {
  Connection& self;
  bool await_ready() const noexcept { return self.handling_.done(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    self.waiter_ = waiter;
    self.waiting_ = Waiting::handler;
    self.enter(Phase::handler, 0);
    self.handling_.resume_at_end(waiter);
    self.watch();
  }
  bool await_resume() const noexcept {
    self.waiter_ = {};
    self.waiting_ = Waiting::nothing;
    return self.handling_.done();
  }
};

// The connection counts as open while its coroutine lives.
struct Connection::Membership {
  explicit Membership(Connection& connection) : self(connection) { self.worker_.joined(self); }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() {
    self.waiter_ = {};
    self.handling_ = {};
    boost::system::error_code ignored;
    self.socket_.close(ignored);
    self.unlink();
    self.worker_.left();
  }
  Connection& self;
};

Connection::Connection(Worker& worker, Socket socket, const asio::ip::tcp::endpoint& peer)
    : worker_(worker),
      socket_(std::move(socket)),
      parser_(limits_of(worker.options())),
      context_{.request_id = &request_.request_id,
               .celery = worker.handler().celery(),
               .request = &request_} {
  request_.client_host = peer.address().to_string();
  request_.client_port = peer.port();
}

Task<> Connection::serve(Pointer connection) {
  const Membership membership(*connection);
  co_await connection->converse();
  if (!connection->background_.empty()) {  // their client has gone, they are run all the same
    connection->worker_.run_background(std::move(connection->background_));
  }
  if (!connection->broken_ && !connection->ended_) co_await connection->linger();
}

Task<> Connection::converse() {
  for (;;) {
    switch (parser_.parse()) {
      case Status::incomplete: {
        if (has_output() && !send() && !co_await send_rest()) co_return;
        if (closing_ || (stopping_ && !parser_.started())) co_return;
        enter_reading();
        if (co_await Bytes{*this} > 0) break;
        ended_ |= !expired_ || stopping_;
        if (broken_ || !parser_.started()) co_return;
        write_error(expired_ ? 408 : 400);
        if (!send()) co_await send_rest();
        co_return;
      }
      case Status::head:
        begin_body();
        break;
      case Status::complete:
        begin_handling();
        if (!handling_.done()) {
          if (has_output() && !send() && !co_await send_rest()) co_return;
          if (!co_await Handled{*this}) {
            broken_ = true;
            co_return;
          }
        }
        end_handling();
        if ((closing_ || holds_output()) && !send() && !co_await send_rest()) co_return;
        if (closing_) co_return;
        break;
      case Status::failed:
        write_error(parser_.error());
        if (!send()) co_await send_rest();
        co_return;
    }
  }
}

void Connection::begin_body() {
  parser_.fill(request_);
  parser_.limit_body(worker_.handler().body_limit(request_, worker_.options().body_bytes_max));
  // Only when it will be read: a body that is too long is refused by the parser's next step.
  if (parser_.expects_continue() && parser_.body_is_allowed())
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Connection::begin_handling() {
  parser_.fill(request_);
  request_.request_id.clear();
  request_.route = {};
  phase_ = Phase::handler;
  const base::ContextScope scope(&context_);
  try {
    handling_ = worker_.handler().handle(request_);
  } catch (...) {
    handling_ = failed(std::current_exception());
  }
  handling_.start();
}

void Connection::end_handling() {
  auto response = outcome();
  handling_ = {};
  base::current_context = nullptr;  // from here on it is the connection's work, not the request's
  served_ = true;
  closing_ = stopping_ || !parser_.keep_alive();
  if (const auto wish = response.headers.get("connection")) closing_ |= *wish == "close";
  write(response, request_.method == "HEAD");
  parser_.next();
}

Response Connection::outcome() {
  try {
    auto response = handling_.take();
    if (ResponseWriter::has_valid_headers(response)) return response;
    base::log(base::Level::error, "a response has a malformed header field",
              {{"method", request_.method}, {"path", request_.path}});
  } catch (...) {
    log_escaped(std::current_exception(), request_);
  }
  return plain_error(500);
}

void Connection::write(Response& response, bool to_head) {
  const Framing framing{
      .to_head = to_head, .close = closing_, .says_keep_alive = parser_.minor_version() == 0};
  worker_.writer().write_head(out_, response, framing);
  for (auto& work : response.background.take()) background_.push_back(std::move(work));
  if (!ResponseWriter::has_content(response, framing)) return;
  if (response.content().size() <= copied_content_max) {
    out_ += response.content();
  } else {
    large_ = std::move(response);
    content_ = large_.content();
  }
}

void Connection::write_error(int status) {
  closing_ = true;
  auto response = plain_error(status);
  write(response, false);
}

bool Connection::holds_output() const {
  return !content_.empty() || out_.size() >= held_output_max;
}

// True when all has been sent. Otherwise there is no room, or the connection is broken.
bool Connection::send() {
  while (has_output()) {
    iovec parts[2];
    std::size_t count = 0;
    const auto add = [&](std::string_view text) {
      if (!text.empty()) parts[count++] = {const_cast<char*>(text.data()), text.size()};
    };
    const auto head_sent = std::min(sent_, out_.size());
    add(std::string_view(out_).substr(head_sent));
    add(content_.substr(sent_ - head_sent));
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    const auto size = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
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
  }
  sent_ = 0;
  if (!background_.empty()) worker_.run_background(std::exchange(background_, {}));
}

Task<bool> Connection::send_rest() {
  do {
    if (broken_) co_return false;
    co_await Room{*this};
    if (expired_) {
      broken_ = true;
      co_return false;
    }
  } while (!send());
  co_return true;
}

// Closing with unread bytes would reset the connection, and the client might lose the last answer:
// tell it that this was all, and read until it has understood (RFC 9112 9.6).
Task<> Connection::linger() {
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) co_return;
  enter(Phase::linger, linger_ms);
  for (std::size_t discarded = 0; discarded < discarded_max && !expired_;) {
    const auto size = co_await Bytes{*this};
    if (size == 0) co_return;
    discarded += size;
    parser_.discard();
  }
}

void Connection::resume(Waiting kind) {
  if (waiting_ != kind || !waiter_) return;
  waiting_ = Waiting::nothing;
  std::exchange(waiter_, {}).resume();
}

// Asio reads at once when more bytes are known to be there, else when they come.
void Connection::receive() {
  const auto space = parser_.space();
  socket_.async_read_some(
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
  if (size > 0) expired_ = false;  // they came just in time
  resume(Waiting::bytes);
}

// Tells of bytes without reading them, so that the request which is being handled stays where it
// is.
void Connection::watch() {
  if (watching_) return;
  watching_ = true;
  socket_.async_wait(
      Socket::wait_read,
      [keep = Pointer(this)](const boost::system::error_code& error) { keep->on_readable(error); });
}

void Connection::on_readable(const boost::system::error_code& error) {
  watching_ = false;
  if (!waiter_) return;
  if (waiting_ == Waiting::handler) {
    if (error || client_left()) resume(Waiting::handler);
  } else if (waiting_ == Waiting::bytes) {
    if (expired_) return arrived(0);
    const auto space = parser_.space();
    const auto size = ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
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
  const auto size = ::recv(socket_.native_handle(), spare.data(), spare.size(), MSG_DONTWAIT);
  if (size == 0) return !worker_.options().half_close;
  if (size < 0 && !would_block(errno)) return true;
  if (size > 0) parser_.received(static_cast<std::size_t>(size));
  watch();
  return false;
}

}  // namespace plinth::server
