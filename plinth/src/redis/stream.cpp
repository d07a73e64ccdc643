#include "redis/stream.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "base/loop.hpp"
#include "redis/errors.hpp"

namespace asio = boost::asio;

namespace plinth::redis {

namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;
using Endpoint = asio::generic::stream_protocol::endpoint;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

Stream::Moved moved_plainly(ssize_t result, Stream::Want want) {
  if (result >= 0) return {.bytes = static_cast<std::size_t>(result)};
  if (would_block(errno)) return {.want = want};
  throw std::runtime_error(std::generic_category().message(errno));
}

int clipped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// One event after another, all of them within a limit. An event that comes after its waiter was
// destroyed meets only the State.
class Steps {
 public:
  struct State : base::Arrival::Slot {
    boost::system::error_code error;
    bool expired = false;
  };

  explicit Steps(std::int64_t limit_ms)
      : state_(std::make_shared<State>()),
        arrival_(state_),
        timer_(base::Loop::current().context(), std::chrono::milliseconds(limit_ms)),
        limit_ms_(limit_ms) {
    timer_.async_wait([state = state_](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      state->expired = true;
      state->arrive();
    });
  }

  /// For the completion of an asynchronous operation.
  auto handler() const {
    return [state = state_](const boost::system::error_code& error) {
      state->error = error;
      state->arrive();
    };
  }
  base::Arrival& arrival() { return arrival_; }
  const std::shared_ptr<State>& state() const { return state_; }
  /// To be called after each wait.
  void check_time() const {
    if (state_->expired) {
      throw std::runtime_error("no connection within " + std::to_string(limit_ms_) + " ms");
    }
  }

 private:
  std::shared_ptr<State> state_;
  base::Arrival arrival_;
  asio::steady_timer timer_;
  std::int64_t limit_ms_;
};

// An address needs no thread that looks it up.
Task<std::vector<Endpoint>> resolve(const Url& url, Steps& steps) {
  if (!url.socket_path.empty()) {
    co_return {Endpoint(asio::local::stream_protocol::endpoint(url.socket_path))};
  }
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(url.host, no_address);
  if (!no_address) co_return {Endpoint(asio::ip::tcp::endpoint(address, url.port))};

  auto found = std::make_shared<std::vector<Endpoint>>();
  Resolver resolver(base::Loop::current().context().get_executor());
  resolver.async_resolve(url.host, std::to_string(url.port),
                         [found, state = steps.state()](const boost::system::error_code& error,
                                                        const Resolver::results_type& results) {
                           state->error = error;
                           for (const auto& result : results)
                             found->emplace_back(result.endpoint());
                           state->arrive();
                         });
  co_await steps.arrival();
  steps.check_time();
  if (steps.state()->error) {
    throw std::runtime_error("its name is not found: " + steps.state()->error.message());
  }
  co_return std::move(*found);
}

void prepare(Stream::Socket& socket, bool is_tcp) {
  const int descriptor = socket.native_handle();
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (!is_tcp) return;
  const auto set = [descriptor](int level, int name, int value) {
    ::setsockopt(descriptor, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Task<Stream::Socket> connect(const Url& url, Steps& steps, unsigned turn) {
  const auto endpoints = co_await resolve(url, steps);
  Stream::Socket socket(base::Loop::current().context().get_executor());
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    boost::system::error_code ignored;
    socket.close(ignored);
    socket.async_connect(endpoints[(turn + i) % endpoints.size()], steps.handler());
    co_await steps.arrival();
    steps.check_time();
    if (!steps.state()->error) {
      prepare(socket, url.socket_path.empty());
      co_return std::move(socket);
    }
  }
  throw std::runtime_error(endpoints.empty() ? "its name has no address"
                                             : steps.state()->error.message());
}

Task<std::unique_ptr<Stream>> open(const Url& url, std::int64_t limit_ms, unsigned turn) {
  Steps steps(limit_ms);
  SslHandle ssl;
  if (url.tls) ssl = co_await in_thread([copy = url] { return make_ssl(copy); });
  auto socket = co_await connect(url, steps, turn);
  if (ssl) attach(*ssl, socket.native_handle());
  auto stream = std::make_unique<Stream>(std::move(socket), std::move(ssl));
  for (auto want = stream->shake_hands(); want != Stream::Want::nothing;
       want = stream->shake_hands()) {
    stream->socket().async_wait(
        want == Stream::Want::read ? Stream::Socket::wait_read : Stream::Socket::wait_write,
        steps.handler());
    co_await steps.arrival();
    steps.check_time();
  }
  co_return stream;
}

}  // namespace

Stream::Moved Stream::moved(int result) {
  if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.want = Want::read};
    case SSL_ERROR_WANT_WRITE:
      return {.want = Want::write};
    case SSL_ERROR_ZERO_RETURN:
      return {};
    case SSL_ERROR_SYSCALL:
      if (ERR_peek_error() == 0) {
        throw std::runtime_error(errno == 0 ? "closed during TLS"
                                            : std::generic_category().message(errno));
      }
      [[fallthrough]];
    default:
      throw std::runtime_error(failure_of(*ssl_));
  }
}

Stream::Moved Stream::read(std::span<char> space) {
  if (!ssl_) {
    return moved_plainly(::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT),
                         Want::read);
  }
  ERR_clear_error();
  errno = 0;
  return moved(SSL_read(ssl_.get(), space.data(), clipped(space.size())));
}

Stream::Moved Stream::write(std::string_view bytes) {
  if (!ssl_) {
    return moved_plainly(
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
        Want::write);
  }
  ERR_clear_error();
  errno = 0;
  return moved(SSL_write(ssl_.get(), bytes.data(), clipped(bytes.size())));
}

Stream::Want Stream::shake_hands() {
  if (!ssl_) return Want::nothing;
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return Want::nothing;
  const auto want = moved(result).want;
  if (want == Want::nothing) throw std::runtime_error("closed during TLS");
  return want;
}

Task<std::unique_ptr<Stream>> open_stream(Url url, std::int64_t limit_ms, unsigned turn) {
  std::string why;
  try {
    co_return co_await open(url, limit_ms, turn);
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  throw Unavailable("Redis cannot be reached at " + url.shown() + ": " + why);
}

}  // namespace plinth::redis
