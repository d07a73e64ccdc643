#include "routing/limits.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/context.hpp"

namespace plinth::routing {

HttpError overloaded() { return HttpError(503, "Service Unavailable", {{"retry-after", "1"}}); }

HttpError timed_out() { return HttpError(503, "Service Unavailable"); }

Permit::Permit(std::atomic<std::size_t>& running, std::size_t max)
    : running_(max == 0 ? nullptr : &running),
      given_(max == 0 || running.fetch_add(1, std::memory_order_relaxed) < max) {}

Permit::~Permit() {
  if (running_) running_->fetch_sub(1, std::memory_order_relaxed);
}

struct Deadline::Alarm {
  explicit Alarm(std::int64_t after_ms)
      : timer(base::Loop::current().context(), std::chrono::milliseconds(after_ms)) {
    timer.async_wait([to = slot](const boost::system::error_code& error) {
      if (!error) to->arrive();
    });
  }
  std::shared_ptr<base::Arrival::Slot> slot = std::make_shared<base::Arrival::Slot>();
  boost::asio::steady_timer timer;  // destroyed, it is cancelled
};

Deadline::Deadline(std::int64_t limit_ms) {
  const auto* context = base::current_context;
  if (limit_ms == 0 && context) limit_ms = context->handler_ms_max;
  if (limit_ms == 0) return;
  const auto arrived_ms = context && context->arrived_ms != 0 ? context->arrived_ms  //
                                                              : base::monotonic_ms();
  due_ms_ = arrived_ms + limit_ms;
}

Deadline::~Deadline() { disarm(); }

bool Deadline::is_over() const { return due_ms_ != 0 && base::monotonic_ms() >= due_ms_; }

void Deadline::arm(std::coroutine_handle<> waiter) {
  if (due_ms_ == 0) return;
  if (!alarm_) {
    alarm_ = std::make_unique<Alarm>(std::max<std::int64_t>(0, due_ms_ - base::monotonic_ms()));
  }
  alarm_->slot->waiter = waiter;
  alarm_->slot->context = base::current_context;
}

void Deadline::disarm() {
  if (alarm_) alarm_->slot->waiter = {};
}

bool Deadline::take_expiry() { return alarm_ && std::exchange(alarm_->slot->arrived, false); }

}  // namespace plinth::routing
