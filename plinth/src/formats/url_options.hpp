// The options behind a url's '?', of those that say where a server is.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace plinth::formats {

/// As they are written: nothing is decoded.
struct UrlOption {
  std::string_view name;
  std::optional<std::string_view> value;  // empty: there is no '='
};

/// "a=1&b=2"; a '&' at the end begins no other.
std::vector<UrlOption> split_url_options(std::string_view query);

}  // namespace plinth::formats
