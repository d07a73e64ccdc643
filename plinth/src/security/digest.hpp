// SHA-256 by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace plinth::security {

/// The 32 bytes of the SHA-256 of `bytes`. Throws std::runtime_error when OpenSSL fails (no
/// memory).
std::string sha256(std::string_view bytes);

}  // namespace plinth::security
