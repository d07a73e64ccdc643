// The broker in Redis, in the keys and the format of Celery's (kombu's) Redis transport: Python's
// workers and these serve the same queues.
//
// - A held message lies in kombu's hash `unacked` and zset `unacked_index`. kombu restores what has
//   a score older than now - visibility_timeout; here the score is the end of the lease less the
//   visibility_timeout, so that either kind of worker restores it when its lease ends. It must
//   therefore be the same for all: broker_transport_options.
// - A message that waits for its time is held the same way, with its time for the lease.
// - What is taken is held under a new tag each time: who lost a lease cannot finish the message
//   that is another's now.
// - Needs Redis 6.2 or Valkey.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/per_loop.hpp"
#include "redis/client.hpp"
#include "tasks/broker.hpp"
#include "tasks/redis_backend.hpp"
#include "tasks/redis_consumer.hpp"

namespace plinth::tasks {

struct RedisBrokerOptions {
  double visibility_timeout = 3600;    // seconds
  double connection_timeout = 1;       // seconds
  std::uint64_t queue_max_length = 0;  // 0: no limit
};

class RedisBroker final : public Broker {
 public:
  RedisBroker(const redis::Url& url, const redis::Url& backend_url, RedisBrokerOptions options);

  Task<std::vector<std::string>> publish(std::vector<Outgoing> messages) override;
  ResultBackend& results() override { return backend_; }

  Task<std::vector<Delivery>> take(std::vector<std::string> queues, std::size_t limit,
                                   std::int64_t lease_ms) override;
  Task<void> wait(std::vector<std::string> queues, std::int64_t milliseconds) override;
  Task<void> renew(std::vector<std::string> tags, std::int64_t lease_ms) override;
  Task<void> defer(std::string tag, std::int64_t eta_us) override;
  Task<void> give_back(std::vector<std::string> tags) override;
  Task<void> finish(std::vector<Finished> messages) override;
  Task<void> ack(std::vector<std::string> tags) override;
  Task<std::int64_t> restore() override;

  // redis_broker_admin.cpp
  Task<Backlog> backlog(std::vector<std::string> queues) override;
  Task<std::vector<QueueLength>> lengths(std::vector<std::string> queues) override;
  Task<std::vector<Waiting>> list(std::vector<std::string> queues, std::size_t limit) override;
  Task<bool> remove(std::string id) override;
  Task<std::uint64_t> purge(std::vector<std::string> queues) override;
  Task<std::vector<DeadLetter>> dead_letters(std::size_t limit) override;
  Task<bool> revive(std::string id) override;
  Task<std::uint64_t> purge_dead_letters() override;

 private:
  // What one entry of `unacked` is, as somebody looked.
  struct Held {
    std::string tag;
    std::string score;
    std::string value;
  };
  // The queues that a connection has made known to Python's workers.
  struct Announced {
    std::uint64_t connection = 0;
    std::set<std::string, std::less<>> queues;
  };

  bool shares_server() const;
  void announce(redis::Client& client, const std::string& queue);
  Task<std::vector<std::string>> publish_in_one_step(std::vector<Outgoing> messages);
  void append_finished(redis::Words& arguments, Finished& message);
  Task<void> finish_apart(std::vector<Finished> messages);
  Task<std::vector<Held>> look_at(std::vector<std::string> tags);
  /// The list to which a held message belongs; empty: nobody here knows.
  Task<std::string> list_of(std::string exchange, std::string routing_key, std::int64_t priority);
  /// To the front of their lists, the first of them foremost. Returns how many.
  Task<std::int64_t> move_back(std::vector<Held> messages, bool counted);

  Task<std::vector<std::string>> known_queues(std::vector<std::string> queues);
  /// Entries of `unacked` from the one at that rank on, with what they hold.
  Task<std::vector<Held>> held_from(std::size_t rank);
  Task<std::size_t> remove_deferred(std::function<bool(const Held&)> is_meant, std::size_t most);

  redis::Url url_;
  redis::Url backend_url_;
  RedisBrokerOptions options_;
  std::shared_ptr<redis::Clients> clients_;
  base::PerLoop<Announced> announced_;
  base::PerLoop<RedisConsumer> consumers_;
  RedisBackend backend_;
  std::string tag_prefix_;
  std::atomic<std::uint64_t> takes_ = 0;
};

/// Throws std::invalid_argument for an url that is none of Redis.
std::unique_ptr<Broker> make_redis_broker(const std::string& broker_url,
                                          const std::string& backend_url,
                                          RedisBrokerOptions options = {});

}  // namespace plinth::tasks
