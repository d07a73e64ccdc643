// Ports for servers that cannot choose their own.
#pragma once

#include <cstdint>

namespace support {

/// A port of the loopback that was free just now, below those that the kernel gives to clients.
std::uint16_t free_port();

}  // namespace support
