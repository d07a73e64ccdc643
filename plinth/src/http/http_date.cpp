#include "http/http_date.hpp"

#include <ctime>

namespace plinth::http {

// strftime's names are the English ones: plinth never sets a locale.
std::string http_date(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

}  // namespace plinth::http
