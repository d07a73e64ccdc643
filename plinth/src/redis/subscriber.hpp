// What others publish: a connection of its own that listens to channels, and to them again after
// each reconnect.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "plinth/task.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace plinth::redis {

struct Message {
  std::string channel;
  std::string pattern;  // "" unless it came by a pattern
  Reply payload;        // a bulk; of __redis__:invalidate an array of keys, or nil for all
};

struct SubscriberOptions {
  std::int64_t connect_limit_ms = 1000;
  std::int64_t ping_interval_ms = 2000;
  std::int64_t silence_limit_ms = 5000;  // then the connection is cut off
  std::size_t reply_bytes_limit = 256UL * 1024 * 1024;
  std::string name = "plinth";  // seen in CLIENT LIST
};

class SubscriberState;

/// Connects at once, and as long as it lives. For the loop's thread alone.
class Subscriber {
 public:
  /// on_message  called on the loop for each message; what it throws is logged
  /// on_ready    when all channels are subscribed on a new connection: messages in between were
  ///             missed
  Subscriber(Url url, std::function<void(Message&)> on_message, std::function<void()> on_ready,
             SubscriberOptions options = {});
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber();

  /// Counted: a channel is left when all who subscribed to it have left.
  void subscribe(const std::string& channel);
  void unsubscribe(const std::string& channel);
  void subscribe_pattern(const std::string& pattern);
  void unsubscribe_pattern(const std::string& pattern);
  /// Until Redis has confirmed all subscriptions: what is published from then on arrives. Throws
  /// Unavailable when there is no connection within the limit.
  Task<void> ready();

  /// Of the live connection, for CLIENT TRACKING ... REDIRECT; 0 while there is none.
  std::int64_t client_id() const;

 private:
  std::shared_ptr<SubscriberState> state_;
};

}  // namespace plinth::redis
