#include "rate_limit/fields.hpp"

#include <string_view>

namespace plinth::rate_limit {

namespace {

// A String of RFC 8941 3.3.3; what it cannot hold is left out.
void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Fields fields_of(const std::vector<Bucket>& buckets, const std::vector<BucketState>& states) {
  Fields fields;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const auto& bucket = buckets[i];
    for (auto* field : {&fields.policy, &fields.limit}) {
      if (i > 0) *field += ", ";
      append_string(*field, bucket.name);
    }
    fields.policy.append(";q=").append(std::to_string(bucket.rate.quota));
    fields.policy.append(";w=").append(std::to_string(bucket.rate.seconds));
    fields.limit.append(";r=").append(std::to_string(states[i].remaining));
    if (states[i].next_token_us > 0) {
      fields.limit.append(";t=").append(std::to_string(retry_after(states[i])));
    }
  }
  return fields;
}

std::int64_t retry_after(const BucketState& state) {
  return (state.next_token_us + 999'999) / 1'000'000;
}

}  // namespace plinth::rate_limit
