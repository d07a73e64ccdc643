// Log lines as the settings LOG_… say.
#pragma once

#include "app/core/settings.hpp"

namespace app {

/// Until the result is destroyed, the lines of this process are written as the settings say.
[[nodiscard]] Logging init_logging(const Settings& settings);

}  // namespace app
