// bcrypt by libxcrypt, on the calling thread: 0.26 s at cost 12. Nothing here throws or waits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::security {

inline constexpr std::size_t bcrypt_password_bytes_max = 72;
inline constexpr std::size_t bcrypt_hash_size = 60;
inline constexpr int bcrypt_rounds_min = 4;
inline constexpr int bcrypt_rounds_max =
    16;  // about 4 s; a higher cost in a stored hash would be a denial of service

/// The cost of a hash that verify takes: "$2a$", "$2b$" or "$2y$", two digits, '$', 53 characters
/// of bcrypt's alphabet, a cost of 4 to bcrypt_rounds_max; empty for any other text.
std::optional<int> bcrypt_rounds(std::string_view hash);

/// "$2b$<rounds>$…" with a salt of the system's generator; empty when libxcrypt fails (no memory,
/// no entropy). password  without NUL, at most 72 bytes
std::string bcrypt_hash(const std::string& password, int rounds);

/// Whether `hash` was made of the first 72 bytes of `password`. When it was not because there is no
/// usable hash, as much time has gone as for one of cost `rounds`.
bool bcrypt_verify(const std::string& password, const std::optional<std::string>& hash, int rounds);

}  // namespace plinth::security
