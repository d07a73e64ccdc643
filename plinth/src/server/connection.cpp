#include "server/connection.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "base/process_metrics.hpp"
#include "server/worker.hpp"

namespace asio = boost::asio;

namespace plinth::server {
namespace {

using Status = http::RequestParser::Status;

constexpr std::size_t held_output_max = 64 * 1024;  // answers of pipelined requests go out together
constexpr std::size_t discarded_max = 1024 * 1024;
constexpr int linger_ms = 2'000;
constexpr unsigned in_a_row_max = 32;  // pipelined requests, before others have their turn

http::ParserLimits limits_of(const ServerOptions& options) {
  return {.request_line_bytes = options.request_line_bytes_max,
          .header_bytes = options.header_bytes_max,
          .header_fields = options.header_fields_max,
          .body_bytes = options.body_bytes_max,
          .chunk_extension_bytes = options.chunk_extension_bytes_max,
          .trailer_bytes = options.trailer_bytes_max};
}

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

Task<Response> ready(Response response) { co_return response; }

Task<Response> failed(std::exception_ptr error) {
  std::rethrow_exception(error);
  co_return Response{};
}

}  // namespace

// The waits. Each is resumed through resume() with its own kind, or not at all.

// The socket can be read or written, or the time for it is over.
struct Connection::Ready {
  Connection& self;
  Socket::wait_type what;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    self.waiter_ = waiter;
    self.waiting_ = Waiting::socket;
    self.transport_.socket().async_wait(what,
                                        [keep = Pointer(&self)](const boost::system::error_code&) {
                                          keep->resume(Waiting::socket);
                                        });
  }
  void await_resume() const noexcept {}
};

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
    self.enter_writing();
    self.transport_.socket().async_wait(
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

// The loop's other work comes first.
struct Connection::Turn {
  Connection& self;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    self.waiter_ = waiter;
    self.waiting_ = Waiting::turn;
    asio::post(self.transport_.socket().get_executor(),
               [keep = Pointer(&self)] { keep->resume(Waiting::turn); });
  }
  void await_resume() const noexcept {}
};

// The connection counts as open while its coroutine lives.
struct Connection::Membership {
  explicit Membership(Connection& connection) : self(connection) { self.worker_.joined(self); }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() {
    self.waiter_ = {};
    self.handling_ = {};
    self.trace_.abandon(self.request_);
    self.end_active();
    self.transport_.close();
    self.settle_memory();
    self.worker_.answer_memory().give(std::exchange(self.charged_answer_, 0));
    self.unlink();
    self.worker_.left();
  }
  Connection& self;
};

Connection::Connection(Worker& worker, Transport transport, const asio::ip::tcp::endpoint& peer,
                       AddressCounts::Place place)
    : worker_(worker),
      transport_(std::move(transport)),
      place_(std::move(place)),
      peer_host_(peer.address().to_string()),
      peer_port_(peer.port()),
      parser_(limits_of(worker.options())),
      context_{.request_id = &request_.request_id,
               .celery = worker.handler().celery(),
               .request = &request_,
               .handler_ms_max = worker.options().handler_timeout_ms,
               .trail = &trace_.trail()} {}

Task<> Connection::serve(Pointer connection) {
  const Membership membership(*connection);
  if (!connection->transport_.is_tls() || co_await connection->shake_hands()) {
    co_await connection->converse();
  }
  if (!connection->background_.empty()) {  // their client has gone, they are run all the same
    connection->worker_.run_background(std::move(connection->background_));
  }
  if (!connection->broken_ && !connection->ended_) co_await connection->linger();
}

// True when the client may ask. Otherwise it has been told why not, by TLS or in plain HTTP.
Task<bool> Connection::shake_hands() {
  enter(Phase::handshake, worker_.options().handshake_timeout_ms);
  for (;;) {
    const auto step = transport_.tls().handshake();
    if (step == TlsSession::Step::done) co_return true;
    if (step == TlsSession::Step::failed) break;
    co_await Ready{*this,
                   step == TlsSession::Step::wants_read ? Socket::wait_read : Socket::wait_write};
    if (expired_) {
      base::process_metrics().tls_failures.add();
      broken_ = true;
      co_return false;
    }
  }
  const bool plain_http = transport_.tls().was_plain_http();
  base::process_metrics().tls_failures.add();
  transport_.leave_tls();
  if (plain_http) {
    refuse_plain_http();
    if (!send()) co_await send_rest();
  }
  co_return false;
}

Task<> Connection::converse() {
  for (;;) {
    switch (parser_.parse()) {
      case Status::incomplete: {
        if (has_output() && !send() && !co_await send_rest()) co_return;
        if (closing_) co_return;
        in_a_row_ = 0;
        if (!has_memory()) {
          write_overloaded();
          if (!send()) co_await send_rest();
          co_return;
        }
        enter_reading();
        if (co_await Bytes{*this} > 0 || looked_again()) break;
        ended_ |= !expired_ || worker_.is_stopping();
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
        if (closing_ || (++in_a_row_ == in_a_row_max && !co_await let_others())) co_return;
        break;
      case Status::failed:
        write_error(parser_.error());
        if (!send()) co_await send_rest();
        co_return;
    }
  }
}

// A middleware may have put what a proxy says in the place of the peer: that was of one request.
void Connection::fill_request() {
  parser_.fill(request_);
  request_.client_host = peer_host_;
  request_.client_port = peer_port_;
  request_.scheme = transport_.is_tls() ? "https" : "http";
}

void Connection::begin_body() {
  fill_request();
  parser_.limit_body(worker_.handler().body_limit(request_, worker_.options().body_bytes_max));
  // Only when it will be read: a body that is too long is refused by the parser's next step.
  if (parser_.expects_continue() && parser_.body_is_allowed())
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void Connection::begin_handling() {
  fill_request();
  request_.request_id.clear();
  request_.route = {};
  trace_.begin(request_);
  phase_ = Phase::handler;
  const auto now_ms = worker_.now_ms();
  if (is_too_late(now_ms)) {
    handling_ = ready(overloaded_answer());
    return handling_.start();
  }
  active_ = true;
  worker_.metrics().requests_active.add();
  const base::ContextScope scope(&context_);
  try {
    handling_ = worker_.handler().handle(request_);
  } catch (...) {
    handling_ = failed(std::current_exception());
  }
  handling_.start();
}

void Connection::end_active() {
  if (std::exchange(active_, false)) worker_.metrics().requests_active.add(-1);
}

void Connection::end_handling() {
  auto response = outcome();
  handling_ = {};
  end_active();
  base::current_context = nullptr;  // from here on it is the connection's work, not the request's
  served_ = true;
  closing_ = worker_.is_leaving() || !parser_.keep_alive();
  if (const auto wish = response.headers.get("connection")) closing_ |= *wish == "close";
  trace_.end(request_, response.status);
  charge_answer(response);
  write(response, request_.method == "HEAD");
  parser_.next();
  settle_memory();
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
  auto background = response.background.take();
  trace_.follow(background);
  for (auto& work : background) background_.push_back(std::move(work));
  if (!ResponseWriter::has_content(response, framing)) return;
  if (response.content().size() <= copied_content_max) {
    out_ += response.content();
  } else {
    large_ = std::move(response);
    content_ = large_.content();
  }
}

namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 400:
      return "malformed";
    case 408:
      return "timeout";
    case 413:
    case 414:
    case 431:
      return "too_large";
    default:
      return "unsupported";
  }
}

}  // namespace

void Connection::write_error(int status) {
  count_refused(reason_of(status));
  closing_ = true;
  auto response = plain_error(status);
  write(response, false);
}

// Source: what nginx says, with the same status.
void Connection::refuse_plain_http() {
  count_refused("plain_http");
  closing_ = true;
  auto response = Response::text("This port speaks HTTPS: ask for https://, not http://.", 400);
  write(response, false);
}

bool Connection::holds_output() const {
  return !content_.empty() || out_.size() >= held_output_max;
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

// True when it may go on. What it has to say goes out before.
Task<bool> Connection::let_others() {
  if (has_output() && !send() && !co_await send_rest()) co_return false;
  in_a_row_ = 0;
  co_await Turn{*this};
  co_return true;
}

// Closing with unread bytes would reset the connection, and the client might lose the last answer:
// tell it that this was all, and read until it has understood (RFC 9112 9.6).
Task<> Connection::linger() {
  if (!transport_.shutdown()) co_return;
  enter(Phase::linger, linger_ms);
  for (std::size_t discarded = 0; discarded < discarded_max && !expired_;) {
    const auto size = co_await Bytes{*this};
    if (size == 0) co_return;
    discarded += size;
    parser_.discard();
  }
}

}  // namespace plinth::server
