// Buckets in Redis, one count for all replicas. One script takes from all buckets of a request in
// one step and by the time of Redis, so the clocks of replicas do not matter; a key expires when
// its bucket is full.
//
// While Redis cannot be reached a request waits for it only when it is the first to notice: then
// the client goes on connecting by itself, and requests fail at once until it is connected.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/per_loop.hpp"
#include "plinth/rate_limit.hpp"
#include "redis/client.hpp"

namespace plinth::rate_limit {

class RedisStore {
 public:
  /// Throws std::invalid_argument for a url that is none.
  RedisStore(const std::string& url, std::int64_t timeout_ms, std::string prefix);

  /// Throws redis::Unavailable or redis::CommandError.
  Task<RateLimitResult> take(const std::vector<Bucket>& buckets);
  Task<void> give_back(Bucket bucket, std::int64_t tokens);

 private:
  struct Local {
    explicit Local(const redis::Url& url, const redis::ClientOptions& options)
        : client(url, options) {}
    /// False: it failed, and is not back.
    bool is_usable() const { return !failed || client.is_connected(); }
    redis::Client client;
    bool failed = false;
  };

  Task<redis::Reply> ask(const redis::Script& script, redis::Words keys, redis::Words arguments);
  std::string key_of(const Bucket& bucket) const;

  std::string prefix_;
  base::PerLoop<Local> locals_;
};

}  // namespace plinth::rate_limit
