// Where the value of a setting comes from: the environment, the file, the folder of secrets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/settings.hpp"

namespace plinth::settings {

struct Variable {
  std::string name;  // as written
  std::string value;
};

/// Names in lower case; of names that differ in case only, the last one counts.
using Variables = std::map<std::string, Variable, std::less<>>;

struct Sources {
  Variables environment;
  std::vector<Variable> file;             // in order, each name once
  std::optional<std::string> file_error;  // why the file cannot be read
  Variables secrets;
  std::optional<std::string> secrets_error;  // which cannot be read, and why

  /// The variable of that name (lower case); null when nobody set it.
  const Variable* find(std::string_view name) const;
};

Sources read_sources(const SettingsOptions& options);

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

}  // namespace plinth::settings
