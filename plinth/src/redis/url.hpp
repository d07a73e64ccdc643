// REDIS_URL, in the spellings that users of redis-py, Celery and kombu have in their .env.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plinth::redis {

/// How the server's certificate is checked.
struct TlsOptions {
  bool verify = true;      // against the system's authorities
  bool check_host = true;  // and for the host's name
  std::string ca_file = {};
  std::string certificate_file = {};  // the client's own
  std::string key_file = {};

  bool operator==(const TlsOptions&) const = default;
};

struct Url {
  std::string host = "localhost";
  std::uint16_t port = 6379;
  std::string socket_path = {};  // a unix socket in place of host and port
  std::string user = {};
  std::string password = {};
  int database = 0;
  bool tls = false;
  TlsOptions tls_options = {};
  std::int64_t connect_limit_ms = 0;  // ?socket_connect_timeout=; 0: not said
  std::int64_t command_limit_ms = 0;  // ?socket_timeout=; 0: not said

  /// "redis://localhost:6379/0", for logs: the password is never in it.
  std::string shown() const;

  bool operator==(const Url&) const = default;
};

/// redis://[[user]:password@]host[:port][/db], rediss:// (TLS), unix:///path?db=0,
/// redis+socket:///path?virtual_host=0. Throws std::invalid_argument, naming the fix and showing no
/// password. Source: redis.connection.parse_url (redis-py 4.3), kombu.utils.url, celery's
/// ssl_cert_reqs.
Url parse_url(std::string_view text);

}  // namespace plinth::redis
