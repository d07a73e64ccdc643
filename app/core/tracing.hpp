// Traces as the OTEL_ settings say.
#pragma once

#include "app/core/settings.hpp"
#include "plinth/tracing.hpp"

namespace app {

/// Until the result is destroyed, the requests and tasks of this process are traced.
[[nodiscard]] Tracing init_tracing(const Settings& settings);

}  // namespace app
