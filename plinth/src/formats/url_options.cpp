#include "formats/url_options.hpp"

namespace plinth::formats {

std::vector<UrlOption> split_url_options(std::string_view query) {
  std::vector<UrlOption> options;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto one = query.substr(0, end);
    const auto equals = one.find('=');
    options.push_back({one.substr(0, equals), std::nullopt});
    if (equals != std::string_view::npos) options.back().value = one.substr(equals + 1);
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return options;
}

}  // namespace plinth::formats
