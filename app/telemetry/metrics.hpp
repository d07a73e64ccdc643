// Prometheus metrics of every request, and of the process.
#pragma once

#include "app/core/settings.hpp"
#include "app/prelude.hpp"

namespace app {

/// Measures every request of the app and serves the figures at GET /metrics.
void init_metrics(App& app, const Settings& settings);

}  // namespace app
