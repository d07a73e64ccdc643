// What a service manager is told, as sd_notify(3) tells it; without libsystemd.
#pragma once

#include <cstdint>
#include <string_view>

namespace plinth::server {

/// "READY=1", "STOPPING=1", "STATUS=…". Without $NOTIFY_SOCKET nobody is told.
void notify(std::string_view state) noexcept;

/// How often the service manager wants to hear WATCHDOG=1; 0: never. Source:
/// sd_watchdog_enabled(3).
std::int64_t watchdog_ms() noexcept;

}  // namespace plinth::server
