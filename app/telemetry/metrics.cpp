#include "app/telemetry/metrics.hpp"

namespace app {

void init_metrics(App& app, const Settings& settings) {
  const CollectorRegistry registry;
  ExposeOptions exposed{.endpoint = "/metrics", .include_in_schema = false};
  if (settings.metrics_token) exposed.bearer_token = settings.metrics_token->get_secret_value();

  Instrumentator(registry).instrument(app).expose(app, exposed);
  registry.register_runtime(app.options().version);
}

}  // namespace app
