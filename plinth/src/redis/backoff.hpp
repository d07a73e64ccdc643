// How long to wait before the next try.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace plinth::redis {

/// 50 ms, doubling up to a second, each between half of it and all: many clients that lost the
/// same server do not come back in step.
class Backoff {
 public:
  std::chrono::milliseconds next() {
    constexpr std::int64_t first = 50;
    constexpr std::int64_t most = 1000;
    const auto full = std::min(most, first << std::min(tries_, 10U));
    ++tries_;
    std::uniform_int_distribution<std::int64_t> between(full / 2, full);
    return std::chrono::milliseconds(between(random_));
  }
  void reset() { tries_ = 0; }
  unsigned tries() const { return tries_; }

 private:
  unsigned tries_ = 0;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace plinth::redis
