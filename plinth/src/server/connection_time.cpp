// How long a connection waits for its client.
#include <algorithm>
#include <limits>

#include "plinth/server.hpp"
#include "server/connection.hpp"
#include "server/worker.hpp"

namespace plinth::server {
namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::max();

}  // namespace

void Connection::enter(Phase phase, int timeout_ms) {
  phase_ = phase;
  expired_ = false;
  due_ms_ = phase == Phase::handler ? never : worker_.now_ms() + timeout_ms;
}

void Connection::enter_reading() {
  const auto& options = worker_.options();
  if (parser_.in_body()) {
    if (phase_ == Phase::body) return;
    enter(Phase::body, options.body_grace_ms);
    body_since_ms_ = worker_.now_ms();
  } else if (parser_.started()) {
    if (phase_ != Phase::header) enter(Phase::header, options.header_timeout_ms);
  } else {
    enter(Phase::idle, served_ ? options.keep_alive_timeout_ms : options.header_timeout_ms);
    idle_since_ms_ = worker_.now_ms();
    if (worker_.is_stopping()) stop();
  }
}

// After the grace period the client must have kept up the rate since then.
bool Connection::is_slow_body(std::int64_t now_ms) const {
  const auto& options = worker_.options();
  const auto measured_ms = now_ms - body_since_ms_ - options.body_grace_ms;
  if (measured_ms <= 0) return false;
  return parser_.body_bytes() <
         static_cast<std::uint64_t>(measured_ms) * options.body_bytes_per_second_min / 1000;
}

void Connection::tick(std::int64_t now_ms) {
  if (waiting_ == Waiting::nothing || expired_) return;
  if (phase_ == Phase::body ? is_slow_body(now_ms) : now_ms >= due_ms_) expire();
}

// Its client may be about to ask, so it is given a moment since it was last heard of.
void Connection::stop() {
  if (phase_ == Phase::idle) {
    due_ms_ = std::min(due_ms_, idle_since_ms_ + worker_.options().stop_idle_ms);
  }
}

void Connection::expire() {
  expired_ = true;
  transport_.cancel();
}

}  // namespace plinth::server
