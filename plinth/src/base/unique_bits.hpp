// Numbers for ids: they differ from all others, but they are no secret.
#pragma once

#include <cstdint>

namespace plinth::base {

/// 64 random bits of a generator of this thread, seeded by the system: 2 ns instead of a system
/// call. Never for a secret.
std::uint64_t unique_bits();

/// Writes 16 lower-case hexadecimal digits to `out`.
void put_hex(char* out, std::uint64_t bits) noexcept;

}  // namespace plinth::base
