#include "app/core/serving.hpp"

namespace app {

ServerOptions make_server_options(const Settings& settings) {
  ServerOptions options;
  options.ssl_certfile = settings.ssl_certfile.value_or("");
  options.ssl_keyfile = settings.ssl_keyfile.value_or("");
  if (settings.ssl_keyfile_password) {
    options.ssl_keyfile_password = settings.ssl_keyfile_password->get_secret_value();
  }
  options.drain_delay_ms = static_cast<int>(*settings.drain_delay_seconds) * 1000;
  options.grace_period_ms = static_cast<int>(*settings.grace_period_seconds) * 1000;
  return options;
}

}  // namespace app
