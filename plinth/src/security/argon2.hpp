// Argon2 by libsodium, on the calling thread: 25 ms with 19 MiB and two passes. Nothing here throws
// or waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::security {

// What a stored hash may cost: passlib's and argon2-cffi's defaults are far below. Without a bound
// one row would be a denial of service.
inline constexpr std::uint32_t argon2_memory_kib_min = 8;
inline constexpr std::uint32_t argon2_memory_kib_max = 256 * 1024;
inline constexpr std::uint32_t argon2_iterations_max = 16;
inline constexpr std::uint32_t argon2_lanes_max = 16;
inline constexpr std::uint64_t argon2_work_kib_max = 1024 * 1024;  // memory in all passes
inline constexpr std::size_t argon2_password_bytes_max = 4096;     // of a new hash

struct Argon2Cost {
  std::uint32_t memory_kib = 0;  // m
  std::uint32_t iterations = 0;  // t
  std::uint32_t lanes = 1;       // p
  bool operator==(const Argon2Cost&) const = default;
};

/// Whether a hash of that cost is computed at all.
bool is_bearable(const Argon2Cost& cost);

/// What a hash of the form "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<digest>" costs, "$argon2i$" too;
/// empty for any other text, other versions, salts outside 8 to 64 bytes, digests outside 16 to 64,
/// and for what is not bearable. Source: the PHC string format; libsodium's limits
std::optional<Argon2Cost> argon2_cost(std::string_view hash);

/// "$argon2id$…" with 16 bytes of salt and 32 of digest; empty when libsodium fails (no memory).
/// `cost` is bearable and has one lane.
std::string argon2_hash(const std::string& password, const Argon2Cost& cost);

/// Whether `hash`, which has an argon2_cost, was made of `password`.
bool argon2_verify(const std::string& password, const std::string& hash);

}  // namespace plinth::security
