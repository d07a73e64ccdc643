// The arithmetic of a bucket. Instead of its tokens the moment is kept at which it will be full
// (the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371): what lies
// between now and then is its debt, and a token is `interval` of it. All times in microseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "plinth/rate_limit.hpp"

namespace plinth::rate_limit {

struct Gauge {
  std::int64_t interval;  // until a token is back; rounded up, so that no burst exceeds the quota
  std::int64_t full;      // the debt of an empty bucket

  explicit Gauge(const Rate& rate)
      : interval((rate.seconds * 1'000'000 + rate.quota - 1) / rate.quota),
        full(interval * rate.quota) {}

  /// A debt that this bucket can have: after a step of the clock a moment may lie too far ahead.
  std::int64_t debt(std::int64_t full_at, std::int64_t now) const {
    return std::clamp<std::int64_t>(full_at - now, 0, full);
  }
  bool has_token(std::int64_t debt) const { return debt + interval <= full; }

  BucketState state(std::int64_t debt) const {
    const auto remaining = (full - debt) / interval;
    return {.remaining = remaining,
            .next_token_us = debt == 0 ? 0 : debt + (remaining + 1) * interval - full};
  }
};

/// Throws std::invalid_argument that names the limit.
inline void check_rate(const Bucket& bucket) {
  constexpr std::int64_t year = std::int64_t{366} * 86'400;
  const auto& rate = bucket.rate;
  if (rate.quota >= 1 && rate.quota <= 1'000'000 && rate.seconds >= 1 && rate.seconds <= year) {
    return;
  }
  throw std::invalid_argument("rate limit \"" + bucket.name + "\": " + std::to_string(rate.quota) +
                              " in " + std::to_string(rate.seconds) +
                              " s; a rate is 1 to 1000000 in 1 s to 366 days");
}

}  // namespace plinth::rate_limit
