// Names under which secrets go: what has one is shown as stars, whoever shows it.
#pragma once

#include <string_view>

namespace plinth::base {

/// What stands for a secret; its length tells nothing.
inline constexpr std::string_view stars = "**********";

/// Whether a log field, a header, a parameter or a setting of that name holds a secret: "password",
/// "Authorization", "Set-Cookie", "X-API-Key", "refresh_token", "signingKey". In any letter case.
/// The one rule for logs, 422 bodies, settings and reports. No I/O, no allocation.
bool is_secret_name(std::string_view name) noexcept;

}  // namespace plinth::base
