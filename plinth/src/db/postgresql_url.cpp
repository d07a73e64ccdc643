#include "db/postgresql_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include "formats/url_host.hpp"
#include "formats/url_options.hpp"

namespace plinth::db {

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// What may follow '?'; each is libpq's own keyword.
constexpr std::array libpq_keywords{"application_name",
                                    "channel_binding",
                                    "connect_timeout",
                                    "dbname",
                                    "gssencmode",
                                    "host",
                                    "hostaddr",
                                    "options",
                                    "passfile",
                                    "password",
                                    "port",
                                    "service",
                                    "sslcert",
                                    "sslcrl",
                                    "sslkey",
                                    "sslmode",
                                    "sslpassword",
                                    "sslrootcert",
                                    "tcp_user_timeout",
                                    "target_session_attrs",
                                    "user"};

[[noreturn]] void refuse_url(const std::string& why) {
  throw std::invalid_argument("DATABASE_URL: " + why);
}

std::string decoded(std::string_view text, const char* of) {
  auto plain = formats::percent_decode_strictly(text);
  if (!plain || plain->find('\0') != std::string::npos) {
    refuse_url(std::string("a '%' in the ") + of + " must be written %25");
  }
  return std::move(*plain);
}

// Several hosts are libpq's comma-separated list.
void add(Parameters& parameters, std::string_view name, std::string value) {
  for (auto& [known, held] : parameters) {
    if (known != name) continue;
    if (name == "host" || name == "port") {
      held += "," + value;
    } else {
      held = std::move(value);
    }
    return;
  }
  parameters.emplace_back(name, std::move(value));
}

void check_port(std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
    refuse_url("\"" + std::string(port) + "\" is no port");
  }
}

void add_host(Parameters& parameters, std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  if (bracket != std::string_view::npos) {
    host = text.substr(1, bracket - 1);
    text.remove_prefix(bracket + 1);
    if (text.starts_with(':')) port = text.substr(1);
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (!host.empty()) add(parameters, "host", decoded(host, "host"));
  if (port.empty()) return;
  check_port(port);
  add(parameters, "port", std::string(port));
}

bool is_true(std::string_view value) {
  return value == "true" || value == "1" || value == "yes" || value == "on";
}

void add_option(PostgresqlUrl& url, const std::string& name, std::string value) {
  if (name == "pgbouncer") {
    url.pgbouncer = is_true(value);
  } else if (name == "statement_cache_size" || name == "prepared_statement_cache_size") {
    url.pgbouncer = url.pgbouncer || value == "0";  // how asyncpg is told
  } else if (name == "ssl") {
    add(url.parameters, "sslmode", is_true(value) ? "require" : std::move(value));
  } else if (name == "host") {
    // "/var/run/postgresql", "db:5433"
    if (value.starts_with('/')) {
      add(url.parameters, "host", std::move(value));
    } else {
      add_host(url.parameters, value);
    }
  } else if (std::find(libpq_keywords.begin(), libpq_keywords.end(), name) !=
             libpq_keywords.end()) {
    add(url.parameters, name, std::move(value));
  } else {
    refuse_url("the option \"" + name +
               "\" is not understood; libpq's are, and pgbouncer=true: see docs/database.md");
  }
}

void add_options(PostgresqlUrl& url, std::string_view query) {
  for (const auto& [name, value] : formats::split_url_options(query)) {
    if (!value) refuse_url("the option \"" + std::string(name) + "\" has no value");
    add_option(url, decoded(name, "options"), decoded(*value, "options"));
  }
}

}  // namespace

PostgresqlUrl parse_postgresql_url(std::string_view rest) {
  PostgresqlUrl url;
  std::string_view query;
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  // A password may hold '/' and '@' as they are: what is before the last '@' is no path.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto credentials = rest.substr(0, at);
    const auto colon = credentials.find(':');
    if (colon != 0 && !credentials.empty()) {
      add(url.parameters, "user", decoded(credentials.substr(0, colon), "user"));
    }
    if (colon != std::string_view::npos) {
      add(url.parameters, "password", decoded(credentials.substr(colon + 1), "password"));
    }
    rest.remove_prefix(at + 1);
  }
  const auto slash = rest.find('/');
  auto hosts = rest.substr(0, slash);
  while (!hosts.empty()) {
    const auto comma = hosts.find(',');
    add_host(url.parameters, hosts.substr(0, comma));
    if (comma == std::string_view::npos) break;
    hosts.remove_prefix(comma + 1);
  }
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    add(url.parameters, "dbname", decoded(rest.substr(slash + 1), "database name"));
  }
  add_options(url, query);
  return url;
}

}  // namespace plinth::db
