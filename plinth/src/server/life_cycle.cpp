#include "server/life_cycle.hpp"

#include <csignal>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/process_metrics.hpp"
#include "server/notify.hpp"

namespace plinth::server {

LifeCycle::LifeCycle(Crew& crew, const ServerOptions& options)
    : crew_(crew),
      options_(options),
      signals_(base::Loop::current().context(), SIGTERM, SIGINT),
      dog_timer_(base::Loop::current().context()) {
  if (!options.ssl_certfile.empty()) {
    certificates_.emplace(crew, options);
    signals_.add(SIGHUP);
  }
  listen();
  if (!options.notify) return;
  notify("READY=1");
  if (watchdog_ms() > 0) watch_dog();
}

LifeCycle::~LifeCycle() {
  signals_.cancel();
  dog_timer_.cancel();
  certificates_.reset();
  base::Loop::current().cancel_spawned();  // lets the cancelled waits go before what they refer to
}

void LifeCycle::listen() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    heard(signal);
    listen();
  });
}

void LifeCycle::heard(int signal) {
  if (signal == SIGHUP) return certificates_->reload();
  const auto now = Clock::now();
  if (crew_.stage() == Stage::serving) {
    base::log(base::Level::info, "stopping", {{"signal", signal}});
    if (options_.notify) notify("STOPPING=1");
    left_at_ = now;
    base::process_metrics().draining.set(1);
    return crew_.advance(Stage::leaving);
  }
  const bool still_accepts = crew_.stage() == Stage::leaving &&
                             now < left_at_ + std::chrono::milliseconds(options_.drain_delay_ms);
  crew_.advance(still_accepts ? Stage::stopping : Stage::ended);
}

// A loop that hangs answers no roll call; then the service manager ends the process.
void LifeCycle::watch_dog() {
  if (crew_.roll_call()) notify("WATCHDOG=1");
  dog_timer_.expires_after(std::chrono::milliseconds(watchdog_ms() / 2));
  dog_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch_dog();
  });
}

}  // namespace plinth::server
