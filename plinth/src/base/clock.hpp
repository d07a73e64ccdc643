// The wall clock of the process. DateTime::now() and unix_now() read it; tests may stop it.
#pragma once

#include <cstdint>

namespace plinth::base {

/// Microseconds since 1970-01-01T00:00:00 UTC. From any thread.
std::int64_t clock_microseconds() noexcept;

/// Milliseconds of a coarse clock that never goes back, and that no test stops. From any thread.
std::int64_t monotonic_ms() noexcept;

/// What Python's time.time() is of that many microseconds.
constexpr double seconds_of(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / 1e6;
}

/// From now on the clock says `microseconds`, in every thread, until it is released.
void freeze_clock(std::int64_t microseconds) noexcept;
/// Moves a frozen clock; without effect on a running one.
void advance_clock(std::int64_t microseconds) noexcept;
void release_clock() noexcept;

}  // namespace plinth::base
