#include "app/app.hpp"

#include <string>
#include <utility>
#include <vector>

#include "app/api/v1/endpoints.hpp"
#include "app/api/v2/endpoints.hpp"
#include "app/api/well_known.hpp"
#include "app/core/hardening.hpp"
#include "app/core/mail.hpp"
#include "app/core/passwords.hpp"
#include "app/core/rate_limits.hpp"
#include "app/core/readiness.hpp"
#include "app/core/security.hpp"
#include "app/tasks/celery_app.hpp"
#include "app/telemetry/metrics.hpp"
#include "plinth/conditional.hpp"
#include "plinth/idempotency.hpp"

namespace app {

Json health() { return Json::object({{"status", "ok"}}); }

Task<Response> ready(const Readiness& readiness) { return readiness.answer(); }

namespace {

// Answers that a page of an allowed origin may read beside the few that every page may.
std::vector<std::string> exposed_headers() {
  return {"Deprecation",  "ETag",         "Idempotency-Replayed", "Link",
          "RateLimit",    "Retry-After",  "RateLimit-Policy",     "Sunset",
          "X-Request-ID", "X-Total-Count"};
}

}  // namespace

App create_app(Settings settings) {
  auto app = App({.title = *settings.app_name, .require_access = true});
  app.provide(Engine(settings.database_url));
  app.provide(make_key_ring(settings));
  app.provide(make_password_policy(settings));
  app.provide(make_mailer(settings));
  app.provide(tasks::make_celery(app.provided<Engine>(), settings));
  app.provide(make_rate_limiter(settings));
  app.provide(make_readiness(app.provided<Engine>(), settings));
  app.provide(settings);

  app.use(Idempotency{.engine = &app.provided<Engine>(), .whoami = "/api/v1/users/me"});
  app.use(ETag{.automatic = false});
  use_default_limit(app, settings);
  app.use(Cors{.allow_origins = *settings.cors_origins,
               .allow_methods = {"*"},
               .allow_headers = {"*"},
               .allow_credentials = true,
               .expose_headers = exposed_headers()});
  app.use(Gzip{.minimum_size = 1024});
  harden(app, settings);
  init_metrics(app, settings);
  init_celery(app);
  app.use(AccessLog{});
  app.use(RequestId{});
  use_proxy_headers(app, settings);

  app.get<health>("/health", {.tags = {"infra"}, .access = Access::open});
  app.include(api::well_known::router());
  app.get<ready>("/ready", {.tags = {"infra"}, .access = Access::open});
  app.include(api::v1::router());
  app.include(api::v2::router());
  return app;
}

}  // namespace app
