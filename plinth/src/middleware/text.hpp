// Small words on header values.
#pragma once

#include <string>
#include <string_view>

namespace plinth::middleware {

/// ASCII letters in lower case.
inline std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return made;
}

}  // namespace plinth::middleware
