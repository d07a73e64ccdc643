#include "redis/subscriber.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/loop.hpp"
#include "redis/backoff.hpp"
#include "redis/errors.hpp"
#include "redis/handshake.hpp"

namespace plinth::redis {

namespace {

using Counts = std::map<std::string, std::size_t, std::less<>>;

constexpr std::chrono::milliseconds subscriber_tick_interval{500};
constexpr std::int64_t short_subscription_ms =
    1000;  // of a connection: then the next one has to wait

}  // namespace

class SubscriberState final : public Connection::Owner,
                              public std::enable_shared_from_this<SubscriberState> {
 public:
  SubscriberState(Url url, std::function<void(Message&)> on_message, std::function<void()> on_ready,
                  SubscriberOptions options)
      : url_(std::move(url)),
        options_(std::move(options)),
        on_message_(std::move(on_message)),
        on_ready_(std::move(on_ready)),
        timer_(base::Loop::current().context()) {}
  SubscriberState(const SubscriberState&) = delete;
  SubscriberState& operator=(const SubscriberState&) = delete;
  ~SubscriberState() override { close(); }

  void start() { base::Loop::current().spawn(open()); }
  void add(bool pattern, const std::string& name);
  void remove(bool pattern, const std::string& name);
  Task<void> ready();
  std::int64_t client_id() const { return connection_ ? client_id_ : 0; }
  void close();

  void received(Reply reply) override;
  void lost(const std::string& why) override;

 private:
  struct Waiter : base::Arrival::Slot {
    std::string trouble;
  };
  // Tries again when its coroutine is destroyed with the other tasks of its loop.
  struct Attempt {
    explicit Attempt(SubscriberState& of) : state(&of) {}
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    ~Attempt() {
      if (state && !state->closed_) state->open_later();
    }
    SubscriberState* state;
  };

  Task<void> open();
  void opened(Ready ready);
  void open_later();
  void send(const Words& words);
  void subscribe_all();
  void confirm();
  void wake_waiters(const std::string& trouble);
  void deliver(Message message);
  void guarded(const std::function<void()>& callback);
  void tick_later();
  void tick();

  Url url_;
  SubscriberOptions options_;
  std::function<void(Message&)> on_message_;
  std::function<void()> on_ready_;
  Counts channels_;
  Counts patterns_;
  std::shared_ptr<Connection> connection_;
  std::vector<std::shared_ptr<Waiter>> waiters_;
  boost::asio::steady_timer timer_;  // of the next attempt, or of the next tick
  Backoff backoff_;
  std::int64_t client_id_ = 0;
  std::int64_t opened_ms_ = 0;
  std::int64_t pinged_ms_ = 0;
  std::int64_t outage_since_ms_ = 0;  // 0: none
  std::size_t unconfirmed_ = 0;
  bool is_announced_ = false;  // on_ready was called for this connection
  bool closed_ = false;
};

void SubscriberState::add(bool pattern, const std::string& name) {
  auto& count = (pattern ? patterns_ : channels_)[name];
  if (++count > 1 || !connection_) return;
  ++unconfirmed_;
  send({pattern ? "PSUBSCRIBE" : "SUBSCRIBE", name});
}

void SubscriberState::remove(bool pattern, const std::string& name) {
  auto& counts = pattern ? patterns_ : channels_;
  const auto found = counts.find(name);
  if (found == counts.end() || --found->second > 0) return;
  counts.erase(found);
  if (connection_) send({pattern ? "PUNSUBSCRIBE" : "UNSUBSCRIBE", name});
}

Task<void> SubscriberState::ready() {
  const auto self = shared_from_this();
  if (connection_ && unconfirmed_ == 0) co_return;
  const auto waiter = std::make_shared<Waiter>();
  base::Arrival arrival(waiter);
  boost::asio::steady_timer timer(base::Loop::current().context(),
                                  std::chrono::milliseconds(options_.connect_limit_ms));
  timer.async_wait([waiter, url = url_.shown()](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    waiter->trouble = "Redis at " + url + " does not let us subscribe in time";
    waiter->arrive();
  });
  waiters_.push_back(waiter);
  co_await arrival;
  std::erase(waiters_, waiter);
  if (!waiter->trouble.empty()) throw Unavailable(waiter->trouble);
}

void SubscriberState::wake_waiters(const std::string& trouble) {
  for (const auto& waiter : std::exchange(waiters_, {})) {
    waiter->trouble = trouble;
    waiter->arrive();
  }
}

// ---- The connection.

Task<void> SubscriberState::open() {
  const auto self = shared_from_this();
  Attempt attempt(*this);
  std::string why;
  try {
    auto ready = co_await open_connection(url_, {.limit_ms = options_.connect_limit_ms,
                                                 .turn = backoff_.tries(),
                                                 .name = options_.name,
                                                 .reply_bytes_limit = options_.reply_bytes_limit,
                                                 .greeting = {{"CLIENT", "ID"}}});
    attempt.state = nullptr;
    opened(std::move(ready));
    co_return;
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  attempt.state = nullptr;
  if (closed_) co_return;
  if (outage_since_ms_ == 0) {
    outage_since_ms_ = base::monotonic_ms();
    base::log(base::Level::error, why);
  }
  open_later();
}

void SubscriberState::opened(Ready ready) {
  if (closed_) return ready.connection->close();
  connection_ = std::move(ready.connection);
  client_id_ = ready.greeted.front().integer;
  opened_ms_ = pinged_ms_ = base::monotonic_ms();
  if (const auto since = std::exchange(outage_since_ms_, 0); since != 0) {
    base::log(base::Level::info, "listening to Redis again",
              {{"url", url_.shown()}, {"after_ms", opened_ms_ - since}});
  }
  is_announced_ = false;
  unconfirmed_ = 0;
  connection_->set_owner(this);
  subscribe_all();
  if (connection_) tick_later();  // the timer serves the next attempt otherwise
}

// One command for all of a kind; Redis confirms each name.
void SubscriberState::subscribe_all() {
  std::string bytes;
  const auto add_all = [&](const char* verb, const Counts& names) {
    if (names.empty()) return;
    Words words{verb};
    for (const auto& [name, count] : names) words.push_back(name);
    append_command(bytes, words);
    unconfirmed_ += names.size();
  };
  add_all("SUBSCRIBE", channels_);
  add_all("PSUBSCRIBE", patterns_);
  if (bytes.empty()) return confirm();
  connection_->send(bytes);
  connection_->flush();
}

void SubscriberState::send(const Words& words) {
  std::string bytes;
  append_command(bytes, words);
  connection_->send(bytes);
  connection_->flush();
}

void SubscriberState::confirm() {
  wake_waiters("");
  if (!std::exchange(is_announced_, true) && on_ready_) guarded(on_ready_);
}

void SubscriberState::lost(const std::string& why) {
  connection_ = nullptr;
  const auto now = base::monotonic_ms();
  if (outage_since_ms_ == 0) {
    outage_since_ms_ = now;
    base::log(base::Level::warning,
              "the connection that listens to Redis at " + url_.shown() + " was lost: " + why);
  }
  if (now - opened_ms_ >= short_subscription_ms) {
    backoff_.reset();
    return base::Loop::current().spawn(open());
  }
  open_later();
}

void SubscriberState::open_later() {
  timer_.expires_after(backoff_.next());
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled && !self->closed_) base::Loop::current().spawn(self->open());
  });
}

void SubscriberState::tick_later() {
  timer_.expires_after(subscriber_tick_interval);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled && !self->closed_ && self->connection_) self->tick();
  });
}

void SubscriberState::tick() {
  const auto now = base::monotonic_ms();
  const auto connection = connection_;
  if (now - connection->heard_ms() > options_.silence_limit_ms) {
    return connection->fail("nothing was heard for " + std::to_string(options_.silence_limit_ms) +
                            " ms");
  }
  if (now - pinged_ms_ >= options_.ping_interval_ms) {
    pinged_ms_ = now;
    send({"PING"});
  }
  if (connection_) tick_later();
}

void SubscriberState::close() {
  if (std::exchange(closed_, true)) return;
  timer_.cancel();
  if (connection_) connection_->close();
  connection_ = nullptr;
  wake_waiters("the subscriber of Redis is closed");
}

// ---- What comes.

void SubscriberState::received(Reply reply) {
  const auto self = shared_from_this();
  if (reply.is_error()) {
    base::log(base::Level::error, "Redis refuses a subscription", {{"error", reply.text}});
    if (unconfirmed_ > 0 && --unconfirmed_ == 0) confirm();
    return;
  }
  auto& items = reply.items;
  if (items.size() < 2) return;  // to a PING
  const auto kind = items[0].text;
  if (kind == "message" && items.size() == 3) {
    deliver({.channel = std::move(items[1].text), .payload = std::move(items[2])});
  } else if (kind == "pmessage" && items.size() == 4) {
    deliver({.channel = std::move(items[2].text),
             .pattern = std::move(items[1].text),
             .payload = std::move(items[3])});
  } else if (kind == "subscribe" || kind == "psubscribe") {
    if (unconfirmed_ > 0 && --unconfirmed_ == 0) confirm();
  }
}

void SubscriberState::deliver(Message message) {
  guarded([&] { on_message_(message); });
}

void SubscriberState::guarded(const std::function<void()>& callback) {
  try {
    callback();
  } catch (const std::exception& failure) {
    base::log(base::Level::error, "a listener to Redis failed", {{"error", failure.what()}});
  }
}

// ---- The handle.

Subscriber::Subscriber(Url url, std::function<void(Message&)> on_message,
                       std::function<void()> on_ready, SubscriberOptions options)
    : state_(std::make_shared<SubscriberState>(std::move(url), std::move(on_message),
                                               std::move(on_ready), std::move(options))) {
  state_->start();
}

Subscriber::~Subscriber() { state_->close(); }

void Subscriber::subscribe(const std::string& channel) { state_->add(false, channel); }
void Subscriber::unsubscribe(const std::string& channel) { state_->remove(false, channel); }
void Subscriber::subscribe_pattern(const std::string& pattern) { state_->add(true, pattern); }
void Subscriber::unsubscribe_pattern(const std::string& pattern) { state_->remove(true, pattern); }

namespace {

Task<void> until_ready(std::shared_ptr<SubscriberState> state) { co_await state->ready(); }

}  // namespace

Task<void> Subscriber::ready() { return until_ready(state_); }

std::int64_t Subscriber::client_id() const { return state_->client_id(); }

}  // namespace plinth::redis
