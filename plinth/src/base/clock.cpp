#include "base/clock.hpp"

#include <time.h>

#include <atomic>
#include <limits>

namespace plinth::base {
namespace {

constexpr auto running = std::numeric_limits<std::int64_t>::min();
constinit std::atomic<std::int64_t> frozen_at = running;

}  // namespace

std::int64_t clock_microseconds() noexcept {
  if (const auto frozen = frozen_at.load(std::memory_order_relaxed); frozen != running)
    return frozen;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

std::int64_t monotonic_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

void freeze_clock(std::int64_t microseconds) noexcept { frozen_at = microseconds; }

void advance_clock(std::int64_t microseconds) noexcept {
  if (frozen_at != running) frozen_at += microseconds;
}

void release_clock() noexcept { frozen_at = running; }

}  // namespace plinth::base
