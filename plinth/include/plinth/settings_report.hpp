// What settings are in effect, and where each comes from. Stands for reading a pydantic-settings
// model by hand; `app config` shows it. Example: app/main.cpp
//
//   for (const ShownSetting& setting : describe_settings<Settings>()) …
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plinth/settings.hpp"

namespace plinth {

struct ShownSetting {
  enum class Source : std::uint8_t { unset, default_value, secrets, file, environment };

  std::string name;   // "DATABASE_URL"
  std::string value;  // as it would be written; a secret, or a password in it, as stars
  Source source;
  bool secret = false;
};

namespace detail {
std::vector<ShownSetting> describe_settings(const Type& type, const void* settings,
                                            const SettingsOptions& options);
}

/// One a member of T, in its order. A value that its name or type tells to be secret is stars.
///
/// throws   SettingsError, as load_settings
template <class T>
std::vector<ShownSetting> describe_settings(const SettingsOptions& options = {}) {
  const T settings = load_settings<T>(options);
  return detail::describe_settings(detail::type_of<T>(), &settings, options);
}

}  // namespace plinth
