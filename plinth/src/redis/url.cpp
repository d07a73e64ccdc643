#include "redis/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include "formats/url_host.hpp"
#include "formats/url_options.hpp"

namespace plinth::redis {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("REDIS_URL: " + why);
}

struct Scheme {
  std::string_view name;
  bool tls;
  bool socket;
};
constexpr std::array schemes{
    Scheme{"redis", false, false},       Scheme{"rediss", true, false},
    Scheme{"valkey", false, false},      Scheme{"valkeys", true, false},
    Scheme{"unix", false, true},         Scheme{"redis+socket", false, true},
    Scheme{"valkey+socket", false, true}};

// Of redis-py; they say nothing that matters here.
constexpr std::array ignored{"client_name",           "decode_responses", "encoding",
                             "health_check_interval", "max_connections",  "protocol",
                             "retry_on_timeout",      "socket_keepalive"};

std::string decoded(std::string_view text, const char* of) {
  auto plain = formats::percent_decode_strictly(text);
  if (!plain) {
    refuse(std::string("a '%' in the ") + of + " must be written %25");
  }
  return std::move(*plain);
}

int number(std::string_view text, int most, const char* what, const char* fix) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
    refuse("\"" + std::string(text) + "\" is no " + what + "; " + fix);
  }
  return value;
}

int read_database(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);  // kombu's virtual_host may have it
  if (text.empty()) return 0;
  return number(text, 1'000'000, "database", "write its number, as in redis://localhost:6379/0");
}

std::int64_t milliseconds(const std::string& name, const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds > 0) ||
      seconds > 86'400) {
    refuse(name + "=" + text + " is no time; write seconds, as in " + name + "=2.5");
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000));
}

bool read_verify(std::string value) {
  if (value.starts_with("CERT_")) value.erase(0, 5);
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : char(c); });
  if (value == "required" || value == "optional") return true;
  if (value == "none") return false;
  refuse("ssl_cert_reqs=" + value + " is not understood; write required or none");
}

void read_option(Url& url, const std::string& name, const std::string& value) {
  if (name == "db" || name == "virtual_host") {
    url.database = read_database(value);
  } else if (name == "username") {
    url.user = value;
  } else if (name == "password") {
    url.password = value;
  } else if (name == "ssl_cert_reqs") {
    url.tls_options.verify = read_verify(value);
  } else if (name == "ssl_check_hostname") {
    url.tls_options.check_host =
        value != "false" && value != "False" && value != "0" && value != "no";
  } else if (name == "ssl_ca_certs") {
    url.tls_options.ca_file = value;
  } else if (name == "ssl_certfile") {
    url.tls_options.certificate_file = value;
  } else if (name == "ssl_keyfile") {
    url.tls_options.key_file = value;
  } else if (name == "socket_connect_timeout") {
    url.connect_limit_ms = milliseconds(name, value);
  } else if (name == "socket_timeout") {
    url.command_limit_ms = milliseconds(name, value);
  } else if (std::find(ignored.begin(), ignored.end(), name) == ignored.end()) {
    refuse("the option \"" + name +
           "\" is not understood; these are: db, ssl_cert_reqs, ssl_ca_certs, ssl_certfile, "
           "ssl_keyfile, socket_connect_timeout, socket_timeout");
  }
}

void read_options(Url& url, std::string_view query) {
  for (const auto& option : formats::split_url_options(query)) {
    const auto name = decoded(option.name, "options");
    if (!option.value) refuse("the option \"" + name + "\" has no value");
    read_option(url, name, decoded(*option.value, "options"));
  }
}

void read_credentials(Url& url, std::string_view text) {
  const auto colon = text.find(':');
  url.user = decoded(text.substr(0, colon), "user");
  if (colon != std::string_view::npos) url.password = decoded(text.substr(colon + 1), "password");
}

void read_host(Url& url, std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) refuse("the host has '[' without ']'");
    host = text.substr(1, bracket - 1);
    text.remove_prefix(bracket + 1);
    if (!text.empty() && !text.starts_with(':')) refuse("behind ']' stands :port or nothing");
    if (!text.empty()) port = text.substr(1);
  } else if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.find(',') != std::string_view::npos) refuse("several hosts are not supported; name one");
  if (!host.empty()) url.host = decoded(host, "host");
  if (port.empty()) return;
  const int value = number(port, 65'535, "port", "write 1 to 65535");
  if (value == 0) refuse("\"0\" is no port; write 1 to 65535");
  url.port = static_cast<std::uint16_t>(value);
}

}  // namespace

std::string Url::shown() const {
  if (!socket_path.empty()) return "unix://" + socket_path + "?db=" + std::to_string(database);
  const std::string named = host.find(':') == std::string::npos ? host : "[" + host + "]";
  std::string text = tls ? "rediss://" : "redis://";
  if (!user.empty() || !password.empty()) text += user + ":***@";
  return text + named + ":" + std::to_string(port) + "/" + std::to_string(database);
}

Url parse_url(std::string_view text) {
  const auto separator = text.find("://");
  const auto name = separator == std::string_view::npos ? "" : text.substr(0, separator);
  const auto* scheme = std::find_if(schemes.begin(), schemes.end(),
                                    [name](const Scheme& known) { return known.name == name; });
  if (scheme == schemes.end()) {
    refuse((name.empty() ? "a scheme is missing" : "unknown scheme \"" + std::string(name) + "\"") +
           "; use redis://host:6379/0, rediss:// for TLS or unix:///path/of.sock");
  }
  text.remove_prefix(separator + 3);
  Url url{.tls = scheme->tls};
  std::string_view query;
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  // A password may hold '/' and '@' as they are; the path of a socket as well.
  const auto authority = scheme->socket ? text.substr(0, text.find('/')) : text;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    read_credentials(url, text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  if (scheme->socket) {
    if (!text.starts_with('/'))
      refuse("a unix socket needs a path from /, as unix:///run/redis.sock");
    url.socket_path = decoded(text, "path");
  } else {
    const auto slash = text.find('/');
    read_host(url, text.substr(0, slash));
    if (slash != std::string_view::npos) url.database = read_database(text.substr(slash));
  }
  read_options(url, query);
  return url;
}

}  // namespace plinth::redis
