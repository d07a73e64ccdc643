// The store that counts, what happens when it cannot, and how that is answered.
#include <exception>
#include <stdexcept>
#include <utility>

#include "base/process_metrics.hpp"
#include "formats/ip_network.hpp"
#include "formats/unicode.hpp"
#include "plinth/error.hpp"
#include "plinth/rate_limit.hpp"
#include "rate_limit/debt.hpp"
#include "rate_limit/fields.hpp"
#include "rate_limit/memory_store.hpp"
#include "rate_limit/redis_store.hpp"

namespace plinth {

using rate_limit::MemoryStore;
using rate_limit::RedisStore;

// The stores are reached through a const RateLimiter, which every thread shares.
struct RateLimiter::Impl {
  explicit Impl(RateLimiterOptions wanted)
      : options(std::move(wanted)), memory(std::make_unique<MemoryStore>(options.keys_max)) {
    if (options.redis_url && !options.redis_url->empty()) {
      redis = std::make_unique<RedisStore>(*options.redis_url, options.timeout_ms, options.prefix);
    }
  }

  RateLimitResult observed(const std::vector<Bucket>& buckets, RateLimitResult result) const {
    if (!buckets.empty()) {
      static constexpr std::string_view outcomes[] = {"allowed", "limited", "unavailable"};
      metrics.rate_limit_decisions
          .with(
              {buckets[result.refused_by].name, outcomes[static_cast<std::size_t>(result.outcome)]})
          .add(0, 1);
    }
    if (options.observer && !buckets.empty()) {
      options.observer->decided(buckets[result.refused_by].name, result.outcome);
    }
    return result;
  }

  /// The answer while Redis cannot be asked.
  RateLimitResult without_redis(const std::vector<Bucket>& buckets) const {
    metrics.rate_limit_store_failures.add();
    if (options.observer) options.observer->store_failed();
    if (options.on_error == OnError::memory) return memory->take(buckets);
    RateLimitResult result;
    if (options.on_error == OnError::deny) result.outcome = RateLimitOutcome::unavailable;
    return result;
  }

  base::ProcessMetrics& metrics = base::process_metrics();
  RateLimiterOptions options;
  std::unique_ptr<MemoryStore> memory;
  std::unique_ptr<RedisStore> redis;  // null: memory alone
};

namespace {

using Buckets = std::vector<Bucket>;

Task<RateLimitResult> take_from_redis(std::shared_ptr<const RateLimiter::Impl> impl,
                                      Buckets buckets) {
  try {
    co_return impl->observed(buckets, co_await impl->redis->take(buckets));
  } catch (const redis::Unavailable&) {
  } catch (const redis::CommandError&) {
  }
  co_return impl->observed(buckets, impl->without_redis(buckets));
}

Task<RateLimitResult> take_from_memory(std::shared_ptr<const RateLimiter::Impl> impl,
                                       Buckets buckets) {
  co_return impl->observed(buckets, impl->memory->take(buckets));
}

// Beside those of other limits of the request, which may stand there already.
void put_fields(const Buckets& buckets, const RateLimitResult& result, Headers& headers) {
  if (buckets.empty() || result.buckets.size() != buckets.size()) return;
  const auto fields = rate_limit::fields_of(buckets, result.buckets);
  headers.append("ratelimit-policy", fields.policy);
  headers.append("ratelimit", fields.limit);
}

// What is answered instead of asking the route; the header fields are added by the caller.
HttpError refusal_of(const RateLimitResult& result) {
  if (result.outcome == RateLimitOutcome::unavailable) {
    return {503, "Service Unavailable", {{"retry-after", "1"}}};
  }
  const auto seconds = rate_limit::retry_after(result.buckets[result.refused_by]);
  return {429, "Too Many Requests", {{"retry-after", std::to_string(seconds)}}};
}

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options)
    : impl_(std::make_shared<const Impl>(std::move(options))) {}
RateLimiter::RateLimiter(const RateLimiter&) = default;
RateLimiter& RateLimiter::operator=(const RateLimiter&) = default;
RateLimiter::~RateLimiter() = default;

Task<RateLimitResult> RateLimiter::take(std::vector<Bucket> buckets) const {
  for (const auto& bucket : buckets) rate_limit::check_rate(bucket);
  return impl_->redis ? take_from_redis(impl_, std::move(buckets))
                      : take_from_memory(impl_, std::move(buckets));
}

Task<void> RateLimiter::require(std::vector<Bucket> buckets, Response& response) const {
  const auto result = co_await take(buckets);
  put_fields(buckets, result, response.headers);
  if (result.outcome == RateLimitOutcome::allowed) co_return;
  auto refusal = refusal_of(result);
  for (const auto& [name, value] : response.headers) {
    if (name == "ratelimit" || name == "ratelimit-policy")
      refusal.headers.emplace_back(name, value);
  }
  throw HttpError(std::move(refusal));
}

Task<void> RateLimiter::give_back(Bucket bucket, std::int64_t tokens) const {
  const auto impl = impl_;
  if (!impl->redis) {
    impl->memory->give_back(bucket, tokens);
    co_return;
  }
  try {
    co_await impl->redis->give_back(bucket, tokens);
    co_return;
  } catch (const redis::Unavailable&) {
  } catch (const redis::CommandError&) {
  }
  if (impl->options.observer) impl->options.observer->store_failed();
  if (impl->options.on_error == OnError::memory) impl->memory->give_back(bucket, tokens);
}

std::string client_network(const Request& request) {
  constexpr int subnet = 64;  // of IPv6: whoever has one address has this many more
  const auto address = formats::parse_ip_address(request.client_host);
  if (!address) return request.client_host;
  return address->is_ipv4() ? address->str() : formats::network_of(*address, subnet).str();
}

std::string account_key(std::string_view email) {
  const auto written = formats::to_code_points(email);
  const auto folded = formats::fold_case(formats::to_nfc(formats::strip(written)));
  return formats::to_utf8(formats::to_nfc(folded));
}

namespace detail {

std::string joined_key(const std::string_view* parts, std::size_t count) {
  if (count == 1) return std::string(*parts);
  std::string key;
  for (std::size_t i = 0; i < count; ++i) {
    key.append(std::to_string(parts[i].size())).append(":").append(parts[i]);
  }
  return key;
}

Task<void> require_limit(const RateLimiter& limiter, Bucket bucket, const Request& request,
                         bool of_route, Response& response) {
  if (of_route) {
    const std::string_view parts[] = {request.method, request.route, bucket.key};
    bucket.key = joined_key(parts, 3);
  }
  std::vector<Bucket> buckets;
  buckets.push_back(std::move(bucket));
  return limiter.require(std::move(buckets), response);
}

}  // namespace detail

}  // namespace plinth
