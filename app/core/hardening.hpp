// What stands between browsers, strangers and the routes: allowed hosts, careful headers.
#pragma once

#include "app/core/settings.hpp"

namespace app {

/// Refuses hosts that are not in ALLOWED_HOSTS; adds the headers that tell browsers to be careful.
/// Called after what should get those headers.
void harden(App& app, const Settings& settings);

}  // namespace app
