#include "security/credentials.hpp"

#include <algorithm>

#include "http/query.hpp"

namespace plinth::security {

namespace {

// What Python's str.strip() takes for white space among the characters of ISO 8859-1.
std::string_view strip(std::string_view text) {
  constexpr std::string_view space = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0";
  auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

std::optional<std::string_view> only_header(const Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& field : request.headers) {
    if (field.name != name) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found;
}

std::optional<HTTPAuthorizationCredentials> authorization_of(const Request& request) {
  auto field = only_header(request, "authorization");
  if (!field) return std::nullopt;
  auto space = std::min(field->find(' '), field->size());
  return HTTPAuthorizationCredentials{
      .scheme = http::latin1_to_utf8(field->substr(0, space)),
      .credentials = http::latin1_to_utf8(strip(field->substr(space))),
  };
}

}  // namespace plinth::security
