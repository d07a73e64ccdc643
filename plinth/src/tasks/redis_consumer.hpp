// A worker's connections to Redis: one for what it does to messages, one on which it hears that
// queues have changed.
//
// Redis tracks the keys of the queues for the first (CLIENT TRACKING with BCAST) and tells the
// second of every change, by whomever: no message is popped to find that out, and none is polled
// for. Where Redis refuses that (a proxy, an ACL), the queues are looked at every 50 ms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "plinth/task.hpp"
#include "redis/client.hpp"
#include "redis/subscriber.hpp"

namespace plinth::tasks {

/// For the worker's loop alone.
class RedisConsumer : public std::enable_shared_from_this<RedisConsumer> {
 public:
  RedisConsumer(redis::Url url, redis::ClientOptions options);

  redis::Client& client() { return client_; }
  /// To be called before the queues are looked at: changes from now on end the next wait().
  void look() { seen_ = changes_; }
  /// Until a queue has changed since look(), or that time has passed.
  Task<void> wait(std::vector<std::string> queues, std::int64_t milliseconds);
  /// Whether Redis tells of changes at present.
  bool is_told() const;

 private:
  std::vector<redis::Words> tracking() const;
  void tracked(const std::vector<redis::Reply>& replies);
  Task<void> track_again();
  void changed();

  std::vector<std::string> prefixes_;  // of the keys to hear of
  std::uint64_t changes_ = 0;
  std::uint64_t seen_ = 0;
  std::int64_t told_id_ = 0;           // the connection that Redis tells; 0: none
  mutable std::int64_t asked_id_ = 0;  // the one it was asked to tell last
  bool is_asking_ = false;
  bool refusal_logged_ = false;
  std::vector<std::shared_ptr<base::Arrival::Slot>> waiters_;
  redis::Subscriber subscriber_;
  redis::Client client_;
};

}  // namespace plinth::tasks
