#include "server/worker.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/leaving.hpp"
#include "base/log.hpp"

namespace asio = boost::asio;

namespace plinth::server {
namespace {

constexpr auto tick_interval = std::chrono::milliseconds(250);
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr auto arrivals_pause = std::chrono::milliseconds(300);  // for handshakes of TCP
constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nserver: plinth\r\ncontent-length: 19\r\n"
    "content-type: text/plain; charset=utf-8\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    "Service Unavailable";

void log_failed_background(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& failure) {
    base::log(base::Level::error, "a background task failed", {{"error", failure.what()}});
  } catch (...) {
    base::log(base::Level::error, "a background task failed");
  }
}

}  // namespace

Worker::Worker(Shared& shared, const Listener& listener)
    : shared_(shared),
      loop_(base::Loop::current()),
      acceptor_(loop_.context(), listener.is_ipv6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                listener.socket),
      inherited_(listener.inherited),
      accept_timer_(loop_.context()),
      delay_timer_(loop_.context()),
      grace_timer_(loop_.context()),
      tick_timer_(loop_.context()),
      queue_time_(shared.options.queue_ms_max) {
  accept();
}

Worker::~Worker() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  delay_timer_.cancel();
  grace_timer_.cancel();
  tick_timer_.cancel();
  drained_ = true;
  loop_.cancel_spawned();
  base::forget_leaving();
}

std::int64_t Worker::now_ms() const { return base::monotonic_ms(); }

void Worker::accept() {
  accepting_ = true;
  acceptor_.async_accept(peer_, [this](const boost::system::error_code& error, Socket socket) {
    accepted(error, std::move(socket));
  });
}

void Worker::accepted(const boost::system::error_code& error, Socket socket) {
  accepting_ = false;
  if (drained_) return;
  if (!error) take(std::move(socket), peer_);
  if (!acceptor_.is_open()) return check_drained();
  if (error == asio::error::no_descriptors || error == asio::error::no_memory ||
      error == asio::error::no_buffer_space || error.value() == ENFILE) {
    // The connection stays in the queue, so accepting at once again would only burn the processor.
    metrics_.connections_refused.with({"descriptors"}).add(0, 1);
    if (!std::exchange(exhausted_, true)) {
      // Not error.message(): the sanitizer would open a pipe to look at its category, in vain.
      base::log(base::Level::warning, "cannot accept a connection",
                {{"error", ::strerrordesc_np(error.value())}});
    }
    return accept_later();
  }
  exhausted_ = false;
  accept();
}

void Worker::take(Socket socket, const Endpoint& peer) {
  if (shared_.connections.load(std::memory_order_relaxed) >= options().connections_max) {
    return refuse(std::move(socket), "connections_max");
  }
  auto [admitted, place] =
      shared_.addresses.enter(peer.address(), options().connections_per_address_max);
  if (!admitted) return refuse(std::move(socket), "connections_per_address_max");
  metrics_.connections_accepted.add();
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.native_non_blocking(true, ignored);
  Transport transport(std::move(socket), tls_.get());
  loop_.spawn(
      Connection::serve(new Connection(*this, std::move(transport), peer, std::move(place))));
}

bool Worker::is_never_shed(std::string_view path) const {
  return std::ranges::find(options().never_shed, path) != options().never_shed.end();
}

void Worker::accept_later() {
  accept_timer_.expires_after(accept_pause);
  accept_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) accept();
  });
}

void Worker::refuse(Socket socket, std::string_view reason) {
  metrics_.connections_refused.with({reason}).add(0, 1);
  if (tls_) return;  // a handshake would cost more than the answer
  // What does not go out at once is not worth waiting for.
  ::send(socket.native_handle(), too_many.data(), too_many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Worker::joined(Connection& connection) {
  connections_.push_back(connection);
  ++open_;
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  metrics_.connections_open.add();
  if (!ticking_) tick_later();
}

void Worker::left() {
  --open_;
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  metrics_.connections_open.add(-1);
  check_drained();
}

void Worker::tick_later() {
  ticking_ = true;
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    ticking_ = false;
    if (error) return;
    const auto now = now_ms();
    for (auto& connection : connections_) connection.tick(now);
    if (!connections_.empty()) tick_later();
  });
}

void Worker::run_background(BackgroundTasks::List tasks) { loop_.spawn(run_all(std::move(tasks))); }

Task<> Worker::run_all(BackgroundTasks::List tasks) {
  struct Count {
    explicit Count(Worker& worker) : self(worker) { ++self.background_; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() {
      --self.background_;
      self.check_drained();
    }
    Worker& self;
  };
  const Count count(*this);
  const base::Context context{nullptr, shared_.handler.celery()};
  for (auto& task : tasks) {
    try {
      co_await base::in_context(context, task->run());
    } catch (...) {
      log_failed_background(std::current_exception());
    }
  }
}

void Worker::leave() {
  if (leaving_) return;
  tell_to_go();
  if (options().drain_delay_ms == 0) return stop();
  delay_timer_.expires_after(std::chrono::milliseconds(options().drain_delay_ms));
  delay_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) stop();
  });
}

void Worker::tell_to_go() {
  leaving_ = true;
  base::set_leaving();
}

void Worker::stop() {
  if (std::exchange(stopping_, true)) return;
  tell_to_go();
  delay_timer_.cancel();
  stop_accepting();
  for (auto& connection : connections_) connection.stop();
  check_drained();
  if (drained_) return;
  grace_timer_.expires_after(std::chrono::milliseconds(options().grace_period_ms));
  grace_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || drained_) return;
    base::log(base::Level::warning, "the grace period is over, requests are cut off",
              {{"connections", open_}, {"background_tasks", background_}});
    drain();
  });
}

// Closing a listening socket resets whoever waits in its queue, so the queue must be empty and stay
// so. One that others have too is left to them with its queue.
void Worker::stop_accepting() {
  if (inherited_) {
    accept_timer_.cancel();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    return;
  }
  stop_arrivals(acceptor_.native_handle());
  take_waiting();
  if (!options().reuse_port) return close_acceptor();
  // The next process goes on where this one ends, so whoever is half way in comes first to an end.
  delay_timer_.expires_after(arrivals_pause);
  delay_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) close_acceptor();
  });
}

void Worker::close_acceptor() {
  take_waiting();
  accept_timer_.cancel();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  check_drained();
}

void Worker::take_waiting() {
  boost::system::error_code error;
  acceptor_.non_blocking(true, error);
  while (!error) {
    Socket socket(loop_.context());
    Endpoint peer;
    acceptor_.accept(socket, peer, error);
    if (!error) take(std::move(socket), peer);
  }
}

void Worker::check_drained() {
  const bool more_may_come = acceptor_.is_open() || accepting_;
  if (stopping_ && !more_may_come && !drained_ && open_ == 0 && background_ == 0) drain();
}

void Worker::drain() {
  drained_ = true;
  grace_timer_.cancel();
  if (shared_.serving.fetch_sub(1) == 1) shared_.drained();
}

}  // namespace plinth::server
