#include "app/core/hardening.hpp"

#include <algorithm>

#include "plinth/security_headers.hpp"

namespace app {

void harden(App& app, const Settings& settings) {
  const auto& hosts = *settings.allowed_hosts;
  if (std::ranges::find(hosts, "*") == hosts.end()) {
    // Orchestrators and scrapers ask by address.
    app.use(TrustedHost{.allowed_hosts = hosts,
                        .www_redirect = false,
                        .excluded_paths = {"/health", "/ready", "/metrics"}});
  }
  app.use(SecurityHeaders{.hsts_max_age = *settings.hsts_max_age,
                          .hsts_include_subdomains = *settings.hsts_include_subdomains,
                          .hsts_over_http = *settings.hsts_over_http});
}

}  // namespace app
