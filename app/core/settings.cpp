#include "app/core/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "plinth/rate_limit.hpp"

namespace app {

std::vector<std::string> any_origin() { return {"*"}; }
std::vector<std::string> any_host() { return {"*"}; }
std::vector<std::string> probes() { return {"/health", "/ready", "/metrics"}; }

std::string rate_or_off(const std::string& text) {
  if (text == "off" || Rate::parse(text)) return {};
  return "write it as 10/minute, 100/15 minutes or off";
}

std::string logger_levels(const std::string& text) {
  try {
    logging::check_levels(text);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string Settings::check(const Settings& settings) {
  const bool production = *settings.env == "production";
  const bool any_origin =
      std::ranges::find(*settings.cors_origins, "*") != settings.cors_origins->end();
  if (any_origin && (production || !*settings.debug)) {
    return "CORS_ORIGINS: \"*\" with credentials lets every site act for your users, so it is "
           "refused "
           "with ENV=production or DEBUG=false; list the origins: [\"https://app.example.com\"]";
  }
  if (!production) return {};
  if (settings.secret_key->get_secret_value() == "change-me") {
    return "SECRET_KEY: the default must not be used with ENV=production; make one with: "
           "openssl rand -hex 32";
  }
  if (settings.secret_key->get_secret_value().size() < 32) {
    return "SECRET_KEY: shorter than 32 bytes (RFC 7518, 3.2); make one with: openssl rand -hex 32";
  }
  return {};
}

namespace {

// Files named like settings: where SECRETS_DIR says, systemd's LoadCredential=, Docker's secrets.
std::string secrets_dir() {
  for (const char* name : {"SECRETS_DIR", "CREDENTIALS_DIRECTORY"}) {
    if (const char* folder = std::getenv(name)) return folder;
  }
  return "/run/secrets";
}

}  // namespace

SettingsOptions settings_options() { return {.env_file = ".env", .secrets_dir = secrets_dir()}; }

Settings get_settings() { return load_settings<Settings>(settings_options()); }

}  // namespace app
