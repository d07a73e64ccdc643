// The grammar of .env files.
//
//   NAME=value                ends at white space and '#': value#1 keeps its '#'
//   export NAME = value       `export` and blanks around '=' are allowed
//   NAME='it\'s ${literal}'   \\ and \' are escapes, nothing else is special; may span lines
//   NAME="a\tb ${OTHER}"      \\ \' \" \a \b \f \n \r \t \v are escapes; may span lines
//   NAME=${OTHER:-default}    OTHER of this file, else of the environment, else the default
//   NAME                      no value: as if it were not there
//
// Source: python-dotenv 1.2, as pydantic-settings reads the file; there ${…} counts in single
// quotes, too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::settings {

struct Binding {
  std::string name;
  std::optional<std::string> value;
};

struct Dotenv {
  std::vector<Binding> bindings;      // in order; a name may come again, the last one counts
  std::vector<int> unreadable_lines;  // from 1; they are skipped
};

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// text  UTF-8, with or without byte order mark
Dotenv parse_dotenv(std::string_view text, const Environment& environment);

}  // namespace plinth::settings
