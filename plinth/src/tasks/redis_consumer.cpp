#include "tasks/redis_consumer.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t poll_ms = 50;  // while Redis does not tell

redis::ClientOptions greeting_with(redis::ClientOptions options,
                                   std::function<std::vector<redis::Words>()> greeting,
                                   std::function<void(const std::vector<redis::Reply>&)> greeted) {
  options.greeting = std::move(greeting);
  options.greeted = std::move(greeted);
  return options;
}

// A queue's key begins with its name; Redis wants prefixes that do not begin with each other.
std::vector<std::string> prefixes_of(std::vector<std::string> queues) {
  std::sort(queues.begin(), queues.end());
  std::vector<std::string> prefixes;
  for (auto& queue : queues) {
    if (queue.empty()) continue;
    if (!prefixes.empty() && queue.starts_with(prefixes.back())) continue;
    prefixes.push_back(std::move(queue));
  }
  return prefixes;
}

}  // namespace

RedisConsumer::RedisConsumer(redis::Url url, redis::ClientOptions options)
    : subscriber_(
          url, [this](redis::Message&) { changed(); },
          [this] { base::Loop::current().spawn(track_again()); },
          {.connect_limit_ms = options.connect_limit_ms, .name = options.name}),
      client_(url, greeting_with(
                       options, [this] { return tracking(); },
                       [this](const std::vector<redis::Reply>& replies) { tracked(replies); })) {
  subscriber_.subscribe("__redis__:invalidate");
}

std::vector<redis::Words> RedisConsumer::tracking() const {
  asked_id_ = prefixes_.empty() ? 0 : subscriber_.client_id();
  if (asked_id_ == 0) return {};
  redis::Words on{"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(asked_id_), "BCAST"};
  for (const auto& prefix : prefixes_) {
    on.emplace_back("PREFIX");
    on.push_back(prefix);
  }
  return {{"CLIENT", "TRACKING", "OFF"}, std::move(on)};
}

void RedisConsumer::tracked(const std::vector<redis::Reply>& replies) {
  if (replies.empty()) return;
  told_id_ = replies.back().is_error() ? 0 : asked_id_;
  if (told_id_ != 0) return changed();  // perhaps before it was tracked
  const auto& error = replies.back().text;
  const bool is_gone = error.find("does not exist") != std::string::npos;
  // The one that listens has just lost its connection; its next one is tracked for.
  if (is_gone || std::exchange(refusal_logged_, true)) return;
  base::log(base::Level::warning,
            "Redis does not tell of changes (CLIENT TRACKING); looking at the queues every 50 ms",
            {{"error", error}});
}

Task<void> RedisConsumer::track_again() {
  const auto self = weak_from_this().lock();
  if (!self) co_return;
  told_id_ = 0;
  auto commands = tracking();
  if (commands.empty()) co_return;
  struct Asking {
    ~Asking() { now = false; }  // also when it is cancelled
    bool& now;
  } const asking{is_asking_ = true};
  try {
    tracked(co_await client_.pipeline(std::move(commands)));
  } catch (const redis::Unavailable&) {
    // The next connection is greeted with it.
  }
}

bool RedisConsumer::is_told() const {
  return told_id_ != 0 && told_id_ == subscriber_.client_id() && client_.is_connected();
}

void RedisConsumer::changed() {
  ++changes_;
  for (const auto& waiter : std::exchange(waiters_, {})) waiter->arrive();
}

Task<void> RedisConsumer::wait(std::vector<std::string> queues, std::int64_t milliseconds) {
  const auto self = shared_from_this();
  auto prefixes = prefixes_of(std::move(queues));
  const bool is_cancelled = client_.is_connected() && !is_told() && !is_asking_ && !refusal_logged_;
  if (prefixes != prefixes_ || is_cancelled) {
    prefixes_ = std::move(prefixes);
    co_await track_again();
  }
  if (changes_ != seen_) co_return;
  const auto limit = is_told() ? milliseconds : std::min(milliseconds, poll_ms);
  base::Arrival arrival;
  boost::asio::steady_timer timer(base::Loop::current().context(),
                                  std::chrono::milliseconds(limit));
  timer.async_wait([slot = arrival.slot()](const boost::system::error_code& cancelled) {
    if (!cancelled) slot->arrive();
  });
  waiters_.push_back(arrival.slot());
  co_await arrival;
  std::erase(waiters_, arrival.slot());
}

}  // namespace plinth::tasks
