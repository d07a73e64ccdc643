// How a client comes to its connection, loses it, and what it does by the clock.
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "redis/client_state.hpp"

namespace plinth::redis {

namespace {

constexpr std::chrono::milliseconds tick_interval{50};
constexpr std::int64_t short_life_ms = 1000;  // of a connection: then the next one has to wait

// Says that an attempt is over when its coroutine is destroyed with the other tasks of its loop.
struct Attempt {
  explicit Attempt(bool& is_under_way) : under_way(&is_under_way) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() { end(); }
  void end() {
    if (under_way) *std::exchange(under_way, nullptr) = false;
  }
  bool* under_way;
};

}  // namespace

void ClientState::open_if_needed() {
  if (closed_ || connection_ || opening_) return;
  if (waiting_.empty() && !options_.greeting) return;
  opening_ = true;
  if (backoff_.tries() == 0 && trouble_.empty()) return base::Loop::current().spawn(open());
  retry_timer_.expires_after(backoff_.next());
  retry_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled && !self->closed_) base::Loop::current().spawn(self->open());
  });
}

std::vector<Words> ClientState::greeting() const {
  std::vector<Words> words;
  for (const auto* script : scripts_) words.push_back({"SCRIPT", "LOAD", script->text()});
  if (!options_.greeting) return words;
  for (auto& own : options_.greeting()) words.push_back(std::move(own));
  return words;
}

Task<void> ClientState::open() {
  const auto self = shared_from_this();
  Attempt attempt(opening_);
  std::string why;
  const auto scripts = scripts_.size();
  try {
    auto ready = co_await open_connection(url_, {.limit_ms = options_.connect_limit_ms,
                                                 .turn = backoff_.tries(),
                                                 .name = options_.name,
                                                 .reply_bytes_limit = options_.reply_bytes_limit,
                                                 .greeting = greeting()});
    const auto own = ready.greeted.begin() + static_cast<std::ptrdiff_t>(scripts);
    ready.greeted.erase(ready.greeted.begin(), own);
    attempt.end();
    opened(std::move(ready));
    co_return;
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  attempt.end();
  not_opened(why);
}

void ClientState::opened(Ready ready) {
  if (closed_) return ready.connection->close();
  leaving_ = false;
  trouble_.clear();
  opened_ms_ = base::monotonic_ms();
  connection_ = std::move(ready.connection);
  ++connections_;
  if (const auto since = std::exchange(outage_since_ms_, 0); since != 0) {
    base::log(base::Level::info, "connected to Redis again",
              {{"url", url_.shown()}, {"after_ms", opened_ms_ - since}});
  }
  if (options_.greeted) options_.greeted(ready.greeted);
  connection_->set_owner(this);
  flush();
}

void ClientState::begin_outage(const std::string& why) {
  trouble_ = why;
  if (outage_since_ms_ != 0) return;
  outage_since_ms_ = base::monotonic_ms();
  base::log(base::Level::error, why);
}

// A restart is waited for; who comes later in a longer outage is told at the next failure.
void ClientState::not_opened(const std::string& why) {
  if (closed_) return;
  begin_outage(why);
  if (base::monotonic_ms() - outage_since_ms_ >= options_.connect_limit_ms) {
    waiting_bytes_ = 0;
    fail_all(waiting_, std::make_exception_ptr(Unavailable(why)));
  }
  open_if_needed();
}

void ClientState::lost(const std::string& why) {
  const auto self = shared_from_this();
  connection_ = nullptr;
  const bool was_short = base::monotonic_ms() - opened_ms_ < short_life_ms;
  const auto text = "the connection to Redis at " + url_.shown() + " was lost: " + why;
  if (was_short) trouble_ = text;
  if (!in_flight_.empty()) {
    begin_outage(text);
    fail_all(in_flight_, std::make_exception_ptr(Unavailable(text, true)));
  }
  open_if_needed();
}

void ClientState::tick_later() {
  if (closed_ || pending() == 0 || std::exchange(ticking_, true)) return;
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (!self) return;
    self->ticking_ = false;
    if (!cancelled) self->tick();
  });
}

void ClientState::tick() {
  const auto now = base::monotonic_ms();
  if (connection_ && !in_flight_.empty()) {
    const auto since = std::max(in_flight_.front().since_ms, connection_->heard_ms());
    if (now - since > options_.command_limit_ms) {
      connection_->fail("no answer within " + std::to_string(options_.command_limit_ms) + " ms");
    }
  }
  while (!waiting_.empty() && now - waiting_.front().since_ms > options_.connect_limit_ms) {
    auto entry = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= entry.bytes.size();
    const auto why = connection_        ? "Redis at " + url_.shown() + " is too slow"
                     : trouble_.empty() ? "Redis cannot be reached at " + url_.shown() +
                                              ": no connection within " +
                                              std::to_string(options_.connect_limit_ms) + " ms"
                                        : trouble_;
    end(std::move(entry), std::make_exception_ptr(Unavailable(why)));
  }
  open_if_needed();  // the last attempt may have been cancelled
  tick_later();
}

}  // namespace plinth::redis
