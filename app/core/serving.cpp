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
  options.connections_max = static_cast<std::size_t>(*settings.connections_max);
  options.connections_per_address_max =
      static_cast<std::size_t>(*settings.connections_per_address_max);
  options.keep_alive_timeout_ms = static_cast<int>(*settings.keep_alive_timeout_seconds) * 1000;
  options.handler_timeout_ms = static_cast<int>(*settings.handler_timeout_seconds) * 1000;
  options.queue_ms_max = static_cast<int>(*settings.queue_ms_max);
  options.body_bytes_max = static_cast<std::size_t>(*settings.body_bytes_max);
  return options;
}

}  // namespace app
