#include "db/gate.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "base/loop.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

// Changed under the gate's mutex; the slot is touched on the waiter's own thread only.
struct Gate::Waiter {
  enum class State : std::uint8_t { waiting, granted, gone };

  State state = State::waiting;
  base::LoopAddress home;
  std::shared_ptr<base::Arrival::Slot> slot;
};

// A waiter's end of the queue: leaves it, or the gate, unless kept.
class Gate::Place {
 public:
  Place(Gate& gate, std::shared_ptr<Waiter> waiter) : gate_(gate), waiter_(std::move(waiter)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    if (!waiter_) return;
    bool granted = false;
    {
      const std::lock_guard lock(gate_.mutex_);
      granted = waiter_->state == Waiter::State::granted;
      waiter_->state = Waiter::State::gone;
      if (std::erase(gate_.queue_, waiter_) > 0) gate_.count_waiting(-1);
    }
    if (granted) gate_.leave();
  }

  bool granted() const {
    const std::lock_guard lock(gate_.mutex_);
    return waiter_->state == Waiter::State::granted;
  }
  void keep() { waiter_.reset(); }

 private:
  Gate& gate_;
  std::shared_ptr<Waiter> waiter_;
};

bool Gate::enter_at_once() {
  const std::lock_guard lock(mutex_);
  return take();
}

// Under the mutex.
bool Gate::take() {
  if (std::exchange(held_, true)) return false;
  if (counts_) counts_->leased();
  return true;
}

void Gate::count_waiting(int change) {
  if (counts_) counts_->waiting.add(change);
}

Task<void> Gate::enter() {
  if (enter_at_once()) co_return;
  base::Arrival arrival;
  auto waiter = std::make_shared<Waiter>();
  waiter->home = base::Loop::current().address();
  waiter->slot = arrival.slot();
  {
    const std::lock_guard lock(mutex_);
    if (take()) co_return;
    if (queue_.size() >= queue_limit_) throw Unavailable("too many wait for the database");
    queue_.push_back(waiter);
    count_waiting(1);
  }
  Place place(*this, std::move(waiter));
  boost::asio::steady_timer timer(base::Loop::current().context(),
                                  std::chrono::milliseconds(timeout_ms_));
  timer.async_wait([slot = arrival.slot()](boost::system::error_code error) {
    if (!error) slot->arrive();
  });
  co_await arrival;
  if (!place.granted()) throw Unavailable("the database was busy for too long");
  place.keep();
}

void Gate::leave() noexcept {
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    count_waiting(-1);
    next->state = Waiter::State::granted;
    if (next->home.post([slot = next->slot] { slot->arrive(); })) return;
    next->state = Waiter::State::gone;  // its loop has ended
  }
  held_ = false;
  if (counts_) counts_->given_back();
}

}  // namespace plinth::db
