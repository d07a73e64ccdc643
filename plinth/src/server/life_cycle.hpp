// What the thread that called Server::run hears from outside: signals and the service manager.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <optional>

#include "server/certificate_watch.hpp"
#include "server/crew.hpp"

namespace plinth::server {

/// SIGTERM and SIGINT begin the graceful stop, a further one goes on to its next stage. SIGHUP
/// reads the certificate anew; without TLS it does what it does to any process.
class LifeCycle {
 public:
  LifeCycle(Crew& crew, const ServerOptions& options);
  LifeCycle(const LifeCycle&) = delete;
  LifeCycle& operator=(const LifeCycle&) = delete;
  ~LifeCycle();

 private:
  using Clock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;

  void listen();
  void heard(int signal);
  void watch_dog();

  Crew& crew_;
  const ServerOptions& options_;
  boost::asio::signal_set signals_;
  Timer dog_timer_;
  Clock::time_point left_at_ = {};  // when the first signal came
  std::optional<CertificateWatch> certificates_;
};

}  // namespace plinth::server
