// Rate limits: how often something may be asked. Stands for slowapi and fastapi-limiter.
// Example: plinth/examples/11_rate_limits.cpp
//
//   app.provide(RateLimiter({.redis_url = settings.redis_url}));
//
//   .post<search>("/search", {.dependencies = {depends<limit<"30/minute">>}})
//   .post<export_all>("/export", {.dependencies = {depends<limit<"5/hour", by_user>>}})
//
// A limit is a bucket of tokens: "30/minute" holds thirty, a request takes one, and they come back
// evenly, one each two seconds. An empty bucket answers 429 with Retry-After. Every answer tells
// what is left, in RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/detail/rules.hpp"
#include "plinth/http.hpp"
#include "plinth/params.hpp"
#include "plinth/task.hpp"

namespace plinth {

namespace detail {
struct AsyncMiddleware;
}

/// So many in so much time.
struct Rate {
  std::int64_t quota = 0;    // 1 to 1,000,000
  std::int64_t seconds = 0;  // 1 to 366 days

  /// "10/minute", "10 per minute", "100/15 minutes", "1000 / 1 day": second, minute, hour or day,
  /// as slowapi. Empty for any other text.
  static constexpr std::optional<Rate> parse(std::string_view text);
  bool operator==(const Rate&) const = default;
};

/// What a request takes one token from.
struct Bucket {
  std::string name;  // of the limit: "login"; in the header fields, printable ASCII
  Rate rate;
  std::string key = {};  // whose it is: an address, a user; any bytes, kept only as a hash
};

/// How a bucket stands.
struct BucketState {
  std::int64_t remaining = 0;      // tokens
  std::int64_t next_token_us = 0;  // until there is one more; 0 when it is full
};

enum class RateLimitOutcome : std::uint8_t {
  allowed,
  limited,      // a bucket was empty: nothing was taken from any
  unavailable,  // the store cannot be reached, and on_error is deny
};

struct RateLimitResult {
  RateLimitOutcome outcome = RateLimitOutcome::allowed;
  std::size_t refused_by = 0;             // the first empty bucket
  std::vector<BucketState> buckets = {};  // as they were given; empty when nobody counted
};

/// Told of every decision, for metrics. Called from any thread.
struct RateLimitObserver {
  virtual ~RateLimitObserver() = default;
  /// limit  the name of the bucket that refused, else of the first
  virtual void decided(std::string_view limit, RateLimitOutcome outcome) noexcept = 0;
  /// Redis did not answer in time, or refused.
  virtual void store_failed() noexcept = 0;
};

/// What happens to requests while Redis cannot be asked.
enum class OnError : std::uint8_t {
  memory,  // each process counts for itself
  allow,
  deny,  // 503 with Retry-After
};

struct RateLimiterOptions {
  // redis://…: one count for all replicas. Without: each process counts for itself.
  std::optional<std::string> redis_url = {};
  OnError on_error = OnError::memory;
  std::int64_t timeout_ms = 250;         // that a request may wait for Redis, and 50 ms more
  std::string prefix = "plinth:limit:";  // of the keys in Redis
  // Buckets in memory of each rate, 16 bytes each. When more are in use, a new one begins as empty
  // as the fullest that was dropped: no flood of keys gives anybody tokens back.
  std::size_t keys_max = 65'536;
  std::shared_ptr<RateLimitObserver> observer = nullptr;
};

/// The buckets. Copies share them. Thread safety: all of it, from any thread.
class RateLimiter {
 public:
  /// Throws std::invalid_argument for a redis_url that is none.
  explicit RateLimiter(RateLimiterOptions options = {});
  RateLimiter(const RateLimiter&);
  RateLimiter& operator=(const RateLimiter&);
  ~RateLimiter();

  /// Takes one token from each bucket, or from none. One step: of 200 at once as many pass as there
  /// are tokens. Throws nothing when the store fails; std::invalid_argument for a rate out of
  /// range.
  Task<RateLimitResult> take(std::vector<Bucket> buckets) const;
  /// take(), answered: HttpError 429, or 503, when it is refused; the header fields go into
  /// `response`, which outlives the Task.
  Task<void> require(std::vector<Bucket> buckets, Response& response) const;
  /// Puts back `tokens` of a bucket; its quota of them makes it full. Does nothing when the store
  /// fails.
  Task<void> give_back(Bucket bucket, std::int64_t tokens) const;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

// ---- Whose bucket it is: dependencies that give a text.

/// The client's address; of IPv6 the first 64 bits, which one customer has.
std::string client_network(const Request& request);
/// The same as a key of a limit.
inline std::string by_ip(const Request& request) { return client_network(request); }
/// One key for all ways to write an e-mail address: letter cases, spaces around it, composed and
/// decomposed accents.
std::string account_key(std::string_view email);
/// One bucket for all who ask the route.
inline std::string by_route(const Request&) { return {}; }

namespace detail {

Task<void> require_limit(const RateLimiter& limiter, Bucket bucket, const Request& request,
                         bool of_route, Response& response);
/// Parts as one key, so that no part can look like two.
std::string joined_key(const std::string_view* parts, std::size_t count);

template <FixedString Text>
constexpr Rate checked_rate() {
  constexpr auto rate = Rate::parse(Text.view());
  static_assert(rate.has_value(),
                "plinth: a rate is written as \"10/minute\", \"100/15 minutes\" or \"1000/day\"");
  return rate.value_or(Rate{1, 1});
}

// FixedString Name: "" for a limit of the route's own.
template <FixedString Name, FixedString Text, auto... Keys>
struct Limit {
  static constexpr Rate rate = checked_rate<Text>();

  static Task<void> take(const RateLimiter& limiter, const Request& request, Response& response,
                         Depends<Keys>... keys) {
    const std::array<std::string_view, sizeof...(Keys)> parts{std::string_view(*keys)...};
    constexpr bool of_route = Name.view().empty();
    return require_limit(limiter,
                         {.name = std::string(of_route ? Text.view() : Name.view()),
                          .rate = rate,
                          .key = joined_key(parts.data(), parts.size())},
                         request, of_route, response);
  }
};
template <FixedString Name, FixedString Text>
struct Limit<Name, Text> : Limit<Name, Text, &by_ip> {};

}  // namespace detail

/// The route's limit, a dependency: `depends<limit<"10/minute">>` counts each client's network,
/// `limit<"10/minute", by_route>` all clients together, `limit<"10/minute", by_ip, by_user>` each
/// pair. A key is a function that gives a std::string, with parameters as a dependency has; one
/// that throws ends the request. Each route that names a limit has buckets of its own.
template <detail::FixedString Text, auto... Keys>
inline constexpr auto limit = &detail::Limit<"", Text, Keys...>::take;
/// One limit for all routes that name it.
template <detail::FixedString Name, detail::FixedString Text, auto... Keys>
inline constexpr auto shared_limit = &detail::Limit<Name, Text, Keys...>::take;

/// A limit for every request, before routing: app.use(RateLimit{.limiter = limiter, .rate = …}).
struct RateLimit {
  RateLimiter limiter;
  std::string rate;  // "600/minute"; std::invalid_argument when it is none
  std::string name = "default";
  std::string (*key)(const Request&) = &by_ip;
  std::vector<std::string> excluded_paths = {"/health", "/ready", "/metrics"};
};

std::unique_ptr<detail::AsyncMiddleware> make_middleware(RateLimit options);

// ---- Reading a rate

constexpr std::optional<Rate> Rate::parse(std::string_view text) {
  const auto skip_spaces = [&] {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  };
  const auto take_number = [&]() -> std::int64_t {  // 0: none, or too many digits
    std::int64_t number = 0;
    std::size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
      if (++digits > 8) return 0;
      number = number * 10 + (text.front() - '0');
    }
    skip_spaces();
    return number;
  };
  skip_spaces();
  const auto quota = take_number();
  if (text.starts_with('/')) {
    text.remove_prefix(1);
  } else if (text.starts_with("per ")) {
    text.remove_prefix(4);
  } else {
    return std::nullopt;
  }
  skip_spaces();
  const bool counted = !text.empty() && text.front() >= '0' && text.front() <= '9';
  const auto count = counted ? take_number() : 1;
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.ends_with('s')) text.remove_suffix(1);
  std::int64_t unit = 0;
  if (text == "second") unit = 1;
  if (text == "minute") unit = 60;
  if (text == "hour") unit = 3600;
  if (text == "day") unit = 86'400;
  if (quota < 1 || quota > 1'000'000 || count < 1 || unit == 0) return std::nullopt;
  if (count * unit > std::int64_t{366} * 86'400) return std::nullopt;
  return Rate{quota, count * unit};
}

}  // namespace plinth
