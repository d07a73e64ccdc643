// The keys that sign access tokens, and how the application makes one.
#pragma once

#include <string>

#include "app/core/settings.hpp"

namespace app {

/// The key ring of SECRET_KEY and JWT_ALG; provided to handlers as `const KeyRing&`.
KeyRing make_key_ring(const Settings& settings);

/// A token for `sub`, an e-mail address, that expires after the minutes of the settings.
std::string create_access_token(const Settings& settings, const KeyRing& keys, std::string sub);

}  // namespace app
