#include "base/clock.hpp"

#include <time.h>

#include <atomic>
#include <limits>

#include "base/monotonic.hpp"

namespace plinth::base {
namespace {

constexpr auto running = std::numeric_limits<std::int64_t>::min();
constinit std::atomic<std::int64_t> frozen_at = running;
// Of monotonic_microseconds(): what it says while frozen, and how far tests have moved it ahead.
constinit std::atomic<std::int64_t> still_at = running;
constinit std::atomic<std::int64_t> ahead = 0;

std::int64_t system_microseconds() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

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

std::int64_t monotonic_microseconds() noexcept {
  const auto still = still_at.load(std::memory_order_relaxed);
  if (still != running) return still;
  return system_microseconds() + ahead.load(std::memory_order_relaxed);
}

void freeze_clock(std::int64_t microseconds) noexcept {
  if (still_at == running) still_at = monotonic_microseconds();
  frozen_at = microseconds;
}

// Setting the wall clock back takes no time back.
void advance_clock(std::int64_t microseconds) noexcept {
  if (frozen_at == running) return;
  frozen_at += microseconds;
  if (microseconds > 0) still_at += microseconds;
}

void release_clock() noexcept {
  if (still_at != running) ahead = still_at - system_microseconds();
  still_at = running;
  frozen_at = running;
}

}  // namespace plinth::base
