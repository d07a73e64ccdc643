#include "app/telemetry/metrics.hpp"

namespace app {

void init_metrics(App& app) {
  Instrumentator().instrument(app).expose(app,
                                          {.endpoint = "/metrics", .include_in_schema = false});
}

}  // namespace app
