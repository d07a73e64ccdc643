// The mail server of the settings.
#pragma once

#include <optional>

#include "app/core/settings.hpp"

namespace app {

/// Sends as MAIL_FROM by SMTP_URL; empty when that is not set. Throws std::invalid_argument, naming
/// the setting that is wrong.
std::optional<Mailer> make_mailer(const Settings& settings);

}  // namespace app
