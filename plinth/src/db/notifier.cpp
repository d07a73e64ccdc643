#include "db/notifier.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/loop.hpp"

namespace plinth::db {

// Under the notifier's mutex; the slot itself is touched on the listener's own thread only.
struct Notifier::Ear {
  bool heard = false;
  base::LoopAddress home;
  std::shared_ptr<base::Arrival::Slot> slot;  // while it is waited
};

void Notifier::notify(std::span<const std::string> topics) noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& topic : topics) {
    const auto [begin, end] = ears_.equal_range(topic);
    for (auto at = begin; at != end; ++at) {
      Ear& ear = *at->second;
      ear.heard = true;
      if (auto slot = std::exchange(ear.slot, nullptr)) {
        ear.home.post([slot = std::move(slot)] { slot->arrive(); });
      }
    }
  }
}

// An ear that a coroutine waits on; nobody is called when it has gone.
class Listener::Attention {
 public:
  Attention(Notifier& notifier, std::shared_ptr<Notifier::Ear> ear)
      : notifier_(notifier), ear_(std::move(ear)) {}
  Attention(const Attention&) = delete;
  Attention& operator=(const Attention&) = delete;
  ~Attention() {
    const std::lock_guard lock(notifier_.mutex_);
    ear_->slot = nullptr;
  }

 private:
  Notifier& notifier_;
  std::shared_ptr<Notifier::Ear> ear_;
};

Listener::Listener(Notifier& notifier, std::vector<std::string> topics)
    : notifier_(notifier), topics_(std::move(topics)), ear_(std::make_shared<Notifier::Ear>()) {
  const std::lock_guard lock(notifier_.mutex_);
  for (const auto& topic : topics_) notifier_.ears_.emplace(topic, ear_);
}

Listener::~Listener() {
  const std::lock_guard lock(notifier_.mutex_);
  for (const auto& topic : topics_) {
    const auto [begin, end] = notifier_.ears_.equal_range(topic);
    for (auto at = begin; at != end;) {
      at = at->second == ear_ ? notifier_.ears_.erase(at) : std::next(at);
    }
  }
}

void Listener::clear() {
  const std::lock_guard lock(notifier_.mutex_);
  ear_->heard = false;
}

Task<void> Listener::wait(std::int64_t milliseconds) {
  base::Arrival arrival;
  {
    const std::lock_guard lock(notifier_.mutex_);
    if (std::exchange(ear_->heard, false)) co_return;
    ear_->home = base::Loop::current().address();
    ear_->slot = arrival.slot();
  }
  const Attention attention(notifier_, ear_);
  boost::asio::steady_timer timer(base::Loop::current().context(),
                                  std::chrono::milliseconds(milliseconds));
  timer.async_wait([slot = arrival.slot()](boost::system::error_code error) {
    if (!error) slot->arrive();
  });
  co_await arrival;
  clear();
}

}  // namespace plinth::db
