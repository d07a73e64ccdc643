// Password hashes of every scheme, on the calling thread. Nothing here throws or waits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plinth/security.hpp"

namespace plinth::security {

/// A hash by `options`; empty when the scheme's library fails.
std::string make_password_hash(const std::string& password, const PasswordOptions& options);

/// Whether a hash can be verified: of a known scheme, and of a bearable cost.
bool is_usable_hash(std::string_view hash);

/// Whether `hash` was made of `password`. Without a usable hash it takes as long as for one by
/// `options`.
bool verify_password_hash(const std::string& password, const std::optional<std::string>& hash,
                          const PasswordOptions& options);

}  // namespace plinth::security
