// Settings from the environment and a .env file into a struct.
// Stands for pydantic-settings' BaseSettings.
// Example: plinth/examples/08_settings.cpp
//
//   struct Settings {
//     Str<defaults_to("FastAPI App")> app_name;  // APP_NAME
//     Int<gt(0), defaults_to(60)> access_token_expire_minutes;
//     Str<sensitive> secret_key;                 // required, never shown
//     std::vector<std::string> cors_origins;     // CORS_ORIGINS=["https://a.example"]
//   };
//   auto settings = load_settings<Settings>();
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/schema.hpp"

namespace plinth {

struct SettingsOptions {
  std::string env_file = ".env";  // "": none. One that does not exist is none, too
  std::string env_prefix = {};    // "APP_": member debug is APP_DEBUG; also in the files
  // A folder of one file a setting, named like it: Docker's /run/secrets, a mounted Secret of
  // Kubernetes, systemd's credentials. White space around a value is not part of it. "" or one
  // that does not exist: none.
  std::string secrets_dir = {};
  // NAME=value texts that stand for the process's environment, as in a test.
  const std::vector<std::string>* environment = nullptr;
};

/// Settings that cannot be used: what() lists every one with name, value and reason, in lines, as
/// pydantic prints them. Secrets are hidden: members that are `sensitive` or a Secret, names that
/// tell (SECRET or PASSWORD in them, TOKEN or _KEY at the end), and the passwords of URLs.
struct SettingsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace detail {
void load_settings(const Type& type, const SettingsOptions& options, void* settings);

/// What may be shown of the setting `name`.
std::string shown_setting(std::string_view name, std::string_view value);
}  // namespace detail

/// A T of the environment, then the file, then the secrets, then its defaults. Names match in any
/// letter case, a member app_name is APP_NAME; a list, map or struct is JSON; an empty text is a
/// value. Unknown names in the file are errors.
///
/// throws   SettingsError
template <class T>
T load_settings(SettingsOptions options = {}) {
  auto blank = detail::blank_value<T>();
  detail::load_settings(detail::type_of<T>(), options, &blank);
  return blank;
}

}  // namespace plinth
