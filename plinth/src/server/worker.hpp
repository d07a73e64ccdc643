// One thread of the server: its loop, its listening socket, its connections.
#pragma once

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "base/loop.hpp"
#include "base/loop_lag.hpp"
#include "base/process_metrics.hpp"
#include "plinth/server.hpp"
#include "server/address_counts.hpp"
#include "server/budget.hpp"
#include "server/connection.hpp"
#include "server/listener.hpp"
#include "server/queue_time.hpp"
#include "server/response_writer.hpp"

namespace plinth::server {

/// What the workers of a server have in common.
struct Shared {
  ServerOptions options;
  detail::Handler& handler;
  std::atomic<std::size_t> connections = 0;
  Budget body_memory{options.body_memory_max};
  Budget answer_memory{options.answer_memory_max};
  AddressCounts addresses = {};
  std::atomic<unsigned> serving = 0;      // workers that have not drained
  std::function<void()> drained = [] {};  // called by the last of them, on its thread
};

/// Made, run and destroyed on its thread.
class Worker {
 public:
  /// Takes the listening socket.
  Worker(Shared& shared, const Listener& listener);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Ends what is left, at once.
  ~Worker();

  /// For the connections that come from now on; null: without TLS.
  void use_tls(std::shared_ptr<SSL_CTX> tls) { tls_ = std::move(tls); }
  /// Tells clients to go, for the time of the drain delay; then stops.
  void leave();
  /// No new connections; those that are idle end, the others after their answer.
  void stop();

  // For its connections.
  bool is_leaving() const { return leaving_; }
  bool is_stopping() const { return stopping_; }
  const ServerOptions& options() const { return shared_.options; }
  detail::Handler& handler() { return shared_.handler; }
  ResponseWriter& writer() { return writer_; }
  std::int64_t now_ms() const;
  void joined(Connection& connection);
  void left();
  void run_background(BackgroundTasks::List tasks);
  QueueTime& queue_time() { return queue_time_; }
  base::ProcessMetrics& metrics() { return metrics_; }
  /// Whether that path tells how the process does, so that its answers must never fail for load.
  bool is_never_shed(std::string_view path) const;
  Budget& body_memory() { return shared_.body_memory; }
  Budget& answer_memory() { return shared_.answer_memory; }

 private:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Executor = boost::asio::io_context::executor_type;
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void accept();
  void accepted(const boost::system::error_code& error, Socket socket);
  void take(Socket socket, const Endpoint& peer);
  void take_waiting();
  void tell_to_go();
  void stop_accepting();
  void close_acceptor();
  void accept_later();
  void refuse(Socket socket, std::string_view reason);
  void tick_later();
  Task<> run_all(BackgroundTasks::List tasks);
  void check_drained();
  void drain();

  Shared& shared_;
  base::Loop& loop_;
  base::ProcessMetrics& metrics_ = base::process_metrics();
  base::LoopLag lag_{"http"};
  Acceptor acceptor_;
  Endpoint peer_;
  std::shared_ptr<SSL_CTX> tls_;
  const bool inherited_;
  Timer accept_timer_;
  Timer delay_timer_;
  Timer grace_timer_;
  Timer tick_timer_;
  ResponseWriter writer_;
  QueueTime queue_time_;
  Connection::List connections_;
  std::size_t open_ = 0;
  std::size_t background_ = 0;
  bool ticking_ = false;
  bool exhausted_ = false;  // no descriptors are left; said once
  bool accepting_ = false;  // accepted() will be called
  bool leaving_ = false;
  bool stopping_ = false;
  bool drained_ = false;
};

}  // namespace plinth::server
