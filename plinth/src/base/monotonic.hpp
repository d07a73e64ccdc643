// Time that passes: for how long, never for what date.
#pragma once

#include <cstdint>

namespace plinth::base {

/// Microseconds of a clock that never goes back, whatever happens to the wall clock. While a test
/// has frozen the wall clock it stands still, and goes on as that is advanced. From any thread.
std::int64_t monotonic_microseconds() noexcept;

}  // namespace plinth::base
