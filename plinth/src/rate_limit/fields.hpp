// The header fields that tell how a limit stands. Source: draft-ietf-httpapi-ratelimit-headers-10
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plinth/rate_limit.hpp"

namespace plinth::rate_limit {

struct Fields {
  std::string policy;  // RateLimit-Policy: "login";q=10;w=60
  std::string limit;   // RateLimit: "login";r=3;t=6
};

/// Of `buckets` and their `states`, which are as many.
Fields fields_of(const std::vector<Bucket>& buckets, const std::vector<BucketState>& states);

/// Whole seconds, rounded up: who waits that long finds a token.
std::int64_t retry_after(const BucketState& state);

}  // namespace plinth::rate_limit
