// How long a connection waits for its client.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <limits>

#include "plinth/server.hpp"
#include "server/connection.hpp"
#include "server/worker.hpp"

namespace plinth::server {
namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::max();

std::size_t unacknowledged_bytes(int socket) {
  int bytes = 0;
  return ::ioctl(socket, SIOCOUTQ, &bytes) < 0 ? 0 : static_cast<std::size_t>(bytes);
}

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

void Connection::enter_writing() {
  if (phase_ == Phase::write) return;
  enter(Phase::write, worker_.options().write_timeout_ms);
  write_since_ms_ = worker_.now_ms();
  taken_ = taken_at_first_ = taken_bytes();
}

// What was sent and is not in the kernel any more. Less than nothing while that is an earlier
// answer's; it only grows while this one is sent.
std::int64_t Connection::taken_bytes() {
  return static_cast<std::int64_t>(sent_) -
         static_cast<std::int64_t>(unacknowledged_bytes(transport_.socket().native_handle()));
}

// There is room for the server to write only when the client has taken much, so its bytes are what
// is looked at: when the last one went, and after the time-out how fast they go.
bool Connection::is_slow_reader(std::int64_t now_ms) {
  const auto& options = worker_.options();
  const auto taken = taken_bytes();
  if (taken > taken_) due_ms_ = now_ms + options.write_timeout_ms;
  taken_ = taken;
  if (now_ms >= due_ms_) return true;
  const auto measured_ms = now_ms - write_since_ms_ - options.write_timeout_ms;
  return measured_ms > 0 &&
         taken - taken_at_first_ <
             measured_ms * static_cast<std::int64_t>(options.write_bytes_per_second_min) / 1000;
}

void Connection::tick(std::int64_t now_ms) {
  if (waiting_ == Waiting::nothing || waiting_ == Waiting::turn || expired_) return;
  const bool over = phase_ == Phase::body    ? is_slow_body(now_ms)
                    : phase_ == Phase::write ? is_slow_reader(now_ms)
                                             : now_ms >= due_ms_;
  if (over) expire();
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
