// Prometheus metrics of every request.
#pragma once

#include "app/prelude.hpp"

namespace app {

/// Measures every request of the app and serves the figures at GET /metrics.
void init_metrics(App& app);

}  // namespace app
