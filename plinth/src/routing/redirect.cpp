#include "routing/redirect.hpp"

namespace plinth::routing {

namespace {

// What may stand in a path as it is; all else is escaped. Source: RFC 3986 3.3, pchar and '/'.
bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

}  // namespace

std::string other_slash(std::string_view path) {
  if (path == "/" || path.empty()) return {};
  if (path.back() != '/') return std::string(path) + '/';
  auto last = path.find_last_not_of('/');
  return std::string(path.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Response redirect_to(std::string_view path, const Request& request) {
  std::string location;
  if (path.starts_with("//")) location = "/.";  // else it would name another host
  for (char c : path) {
    if (is_path_character(c)) {
      location += c;
    } else {
      constexpr std::string_view digits = "0123456789ABCDEF";
      auto byte = static_cast<unsigned char>(c);
      location += '%';
      location += digits[byte >> 4];
      location += digits[byte & 15];
    }
  }
  if (!request.query_string.empty()) (location += '?') += request.query_string;
  return Response::redirect(location);
}

}  // namespace plinth::routing
