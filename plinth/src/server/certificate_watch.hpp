// Takes new certificates into use while the server runs.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

#include "plinth/server.hpp"
#include "plinth/task.hpp"
#include "server/crew.hpp"

namespace plinth::server {

/// On the loop of the thread that makes it. Looks at the files now and then; a new pair that is
/// whole replaces the old one for the connections that come, another is logged and not used. Once a
/// day the pair is read anew, so that the keys of the tickets do not live longer than that.
class CertificateWatch {
 public:
  CertificateWatch(Crew& crew, const ServerOptions& options);
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  /// Now, whether the files have changed or not.
  void reload();

 private:
  using Clock = std::chrono::steady_clock;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  boost::asio::io_context::executor_type>;
  enum class Reason : bool { files_changed, asked };

  void look_later();
  Task<void> look(Reason reason);

  Crew& crew_;
  const ServerOptions& options_;
  Timer timer_;
  std::string seen_;  // what told the files from others when they were read
  Clock::time_point read_at_;
};

}  // namespace plinth::server
