#include "rate_limit/redis_store.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "rate_limit/debt.hpp"
#include "redis/url.hpp"

namespace plinth::rate_limit {

namespace {

// KEYS: buckets. ARGV: for each its interval and its debt when empty. Returns the number of the
// first empty bucket, or 0, and the debt of each after it.
const redis::Script& take_script() {
  static const redis::Script script(R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local debts, refused = {}, 0
for i, key in ipairs(KEYS) do
  local interval, full = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2])
  local debt = (tonumber(redis.call('GET', key) or now) or now) - now
  debt = math.max(0, math.min(debt, full))
  if refused == 0 and debt + interval > full then refused = i end
  debts[i] = debt
end
local reply = {refused}
for i, key in ipairs(KEYS) do
  if refused == 0 then
    debts[i] = debts[i] + ARGV[i * 2 - 1]
    redis.call('SET', key, string.format('%.0f', now + debts[i]),
               'PX', string.format('%.0f', math.ceil(debts[i] / 1000)))
  end
  reply[i + 1] = debts[i]
end
return reply
)");
  return script;
}

// KEYS: a bucket. ARGV: the debt to take away.
const redis::Script& give_back_script() {
  static const redis::Script script(R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = (tonumber(redis.call('GET', KEYS[1]) or now) or now) - ARGV[1]
if full_at <= now then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], string.format('%.0f', full_at),
           'PX', string.format('%.0f', math.ceil((full_at - now) / 1000)))
return 0
)");
  return script;
}

redis::Url url_of(const std::string& text) {
  auto url = redis::parse_url(text);
  url.connect_limit_ms = 0;  // for tasks, which may wait longer than a request
  url.command_limit_ms = 0;
  return url;
}

redis::ClientOptions options_of(std::int64_t timeout_ms) {
  return {.connect_limit_ms = timeout_ms,
          .command_limit_ms = timeout_ms,
          .queue_limit = 16'384,
          .name = "plinth-limits",
          .greeting = [] { return std::vector<redis::Words>(); }};
}

}  // namespace

RedisStore::RedisStore(const std::string& url, std::int64_t timeout_ms, std::string prefix)
    : prefix_(std::move(prefix)), locals_([url = url_of(url), options = options_of(timeout_ms)] {
        return std::make_shared<Local>(url, options);
      }) {}

// What is personal or long stays out of Redis.
std::string RedisStore::key_of(const Bucket& bucket) const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  ::SHA256(reinterpret_cast<const unsigned char*>(bucket.key.data()), bucket.key.size(),
           hash.data());
  auto key = prefix_ + bucket.name + ':' + std::to_string(bucket.rate.quota) + '/' +
             std::to_string(bucket.rate.seconds) + ':';
  constexpr std::size_t bytes_shown = 16;
  for (std::size_t i = 0; i < bytes_shown; ++i) {
    key += "0123456789abcdef"[hash[i] >> 4];
    key += "0123456789abcdef"[hash[i] & 15];
  }
  return key;
}

Task<redis::Reply> RedisStore::ask(const redis::Script& script, redis::Words keys,
                                   redis::Words arguments) {
  auto& local = locals_.local();
  if (!local.is_usable()) throw redis::Unavailable("Redis has not come back");
  std::exception_ptr error;
  try {
    auto reply = co_await local.client.eval(script, std::move(keys), std::move(arguments));
    local.failed = false;
    co_return reply;
  } catch (...) {
    error = std::current_exception();
  }
  local.failed = true;
  std::rethrow_exception(error);
}

Task<RateLimitResult> RedisStore::take(const std::vector<Bucket>& buckets) {
  redis::Words keys;
  redis::Words arguments;
  std::vector<Gauge> gauges;
  for (const auto& bucket : buckets) {
    gauges.emplace_back(bucket.rate);
    keys.push_back(key_of(bucket));
    arguments.push_back(std::to_string(gauges.back().interval));
    arguments.push_back(std::to_string(gauges.back().full));
  }
  const auto reply = co_await ask(take_script(), std::move(keys), std::move(arguments));
  if (reply.items.size() != gauges.size() + 1) {
    throw redis::CommandError("the reply of a rate limit is no list of its buckets");
  }
  RateLimitResult result;
  if (const auto refused = reply.items.front().integer; refused > 0) {
    result.outcome = RateLimitOutcome::limited;
    result.refused_by = static_cast<std::size_t>(refused) - 1;
  }
  for (std::size_t i = 0; i < gauges.size(); ++i) {
    result.buckets.push_back(gauges[i].state(reply.items[i + 1].integer));
  }
  co_return result;
}

Task<void> RedisStore::give_back(Bucket bucket, std::int64_t tokens) {
  const Gauge gauge(bucket.rate);
  const auto debt = gauge.interval * std::min(tokens, bucket.rate.quota);
  co_await ask(give_back_script(), {key_of(bucket)}, {std::to_string(debt)});
}

}  // namespace plinth::rate_limit
