#include "db/url.hpp"

#include <algorithm>
#include <stdexcept>

namespace plinth::db {

namespace {

[[noreturn]] void refuse_database_url(const std::string& why) {
  throw std::invalid_argument("DATABASE_URL: " + why);
}

// "sqlite:///app.db" is relative, "sqlite:////var/lib/app.db" absolute: the path begins behind the
// third slash.
std::string sqlite_path(std::string_view rest, std::string_view url) {
  if (const auto query = rest.find('?'); query != std::string_view::npos) {
    refuse_database_url("\"" + std::string(rest.substr(query)) +
                        "\" is not understood; leave it out");
  }
  if (rest.empty() || rest == "/" || rest == "/:memory:") return ":memory:";
  if (rest.front() != '/') {
    refuse_database_url("\"" + std::string(url) +
                        "\" has a host, and SQLite has none; for a file use sqlite:///" +
                        std::string(rest));
  }
  rest.remove_prefix(1);
  if (rest.find('\0') != std::string_view::npos) refuse_database_url("a path with a NUL character");
  return std::string(rest);
}

}  // namespace

Url parse_url(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) {
    refuse_database_url(url.empty() ? "is empty; for a file use sqlite:///app.db"
                                    : "no url; use postgresql://… or sqlite:///app.db");
  }
  const auto scheme = url.substr(0, colon);
  // "postgresql+asyncpg": the Python driver after the '+' has no meaning here.
  const auto name = scheme.substr(0, scheme.find('+'));
  if (name == "sqlite") return {Dialect::sqlite, sqlite_path(url.substr(colon + 3), url)};
  if (name == "postgresql" || name == "postgres") {
    return {Dialect::postgresql, {}, parse_postgresql_url(url.substr(colon + 3))};
  }
  refuse_database_url("unknown driver \"" + std::string(scheme) +
                      "\"; use postgresql:// or sqlite://");
}

std::string without_password(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos || url.starts_with("sqlite")) return std::string(url);
  const auto begin = scheme + 3;
  // As parse_postgresql_url reads it.
  const auto authority = url.substr(begin, url.find('?', begin) - begin);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  std::string shown(url);
  if (at != std::string_view::npos && colon != std::string_view::npos && colon < at) {
    shown.replace(begin + colon + 1, at - colon - 1, "***");
  }
  for (std::string_view name : {"?password=", "&password=", "?sslpassword=", "&sslpassword="}) {
    const auto found = shown.find(name);
    if (found == std::string::npos) continue;
    const auto value = found + name.size();
    shown.replace(value, std::min(shown.find('&', value), shown.size()) - value, "***");
  }
  return shown;
}

}  // namespace plinth::db
