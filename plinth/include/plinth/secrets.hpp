// Random texts that nobody can guess, and what is kept of them. Stands for Python's secrets,
// hashlib.sha256 and hmac. Example: app/services/one_time_tokens.cpp
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth {

/// Base64url, without padding, of so many bytes from the system's generator: 43 characters for 32.
std::string token_urlsafe(std::size_t bytes = 32);

/// SHA-256 in 64 hexadecimal digits. What is stored of a token that token_urlsafe made: from the
/// digest nobody gets the token back. Of a password, which can be guessed, use hash_password.
std::string sha256_hex(std::string_view text);

/// HMAC with SHA-256 (RFC 2104) in 64 hexadecimal digits: what nobody makes of `text` without the
/// key.
std::string hmac_sha256_hex(std::string_view key, std::string_view text);

/// Whether they are equal, in a time that does not depend on where they differ.
bool compare_digest(std::string_view a, std::string_view b);

}  // namespace plinth
