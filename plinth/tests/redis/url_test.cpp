#include "redis/url.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace plinth::redis;

namespace {

std::string refusal(const std::string& url) {
  try {
    parse_url(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the spellings of redis-py and kombu are understood") {
  CHECK(parse_url("redis://").shown() == "redis://localhost:6379/0");
  CHECK(parse_url("redis://cache").shown() == "redis://cache:6379/0");
  CHECK(parse_url("redis://cache:7000/3").shown() == "redis://cache:7000/3");
  CHECK(parse_url("redis://cache/?db=2").shown() == "redis://cache:6379/2");
  CHECK(parse_url("redis://cache?virtual_host=/2").shown() == "redis://cache:6379/2");
  CHECK(parse_url("redis://[::1]:7000/1").shown() == "redis://[::1]:7000/1");
  CHECK(parse_url("valkey://cache").shown() == "redis://cache:6379/0");
  CHECK(parse_url("rediss://cache").tls);
  CHECK(parse_url("unix:///run/redis.sock?db=4").shown() == "unix:///run/redis.sock?db=4");
  CHECK(parse_url("redis+socket:///run/r@1.sock?virtual_host=1").socket_path == "/run/r@1.sock");
}

TEST_CASE("user and password are decoded, and never shown") {
  const auto url = parse_url("redis://worker:p%40ss%2F@cache:7000/1");
  CHECK(url.user == "worker");
  CHECK(url.password == "p@ss/");
  CHECK(url.host == "cache");
  CHECK(url.shown() == "redis://worker:***@cache:7000/1");
  CHECK(parse_url("redis://:a/b@c@cache").password == "a/b@c");
  CHECK(parse_url("redis://:a/b@c@cache").host == "cache");
  CHECK(parse_url("unix://:secret@/run/redis.sock").password == "secret");
  CHECK(parse_url("redis://cache?password=secret").password == "secret");
}

TEST_CASE("options of redis-py say limits and certificates") {
  const auto url = parse_url(
      "rediss://cache?ssl_cert_reqs=CERT_NONE&ssl_ca_certs=%2Fca.pem&socket_timeout=2.5"
      "&socket_connect_timeout=0.25&health_check_interval=30&ssl_check_hostname=false");
  CHECK(!url.tls_options.verify);
  CHECK(!url.tls_options.check_host);
  CHECK(url.tls_options.ca_file == "/ca.pem");
  CHECK(url.command_limit_ms == 2500);
  CHECK(url.connect_limit_ms == 250);
}

TEST_CASE("what is wrong with a url is said without its password") {
  CHECK(refusal("localhost:6379") ==
        "REDIS_URL: a scheme is missing; use redis://host:6379/0, rediss:// for TLS or "
        "unix:///path/of.sock");
  CHECK(refusal("amqp://:secret@x").starts_with("REDIS_URL: unknown scheme \"amqp\""));
  CHECK(refusal("redis://:secret@x:port") == "REDIS_URL: \"port\" is no port; write 1 to 65535");
  CHECK(refusal("redis://x:0") == "REDIS_URL: \"0\" is no port; write 1 to 65535");
  CHECK(refusal("redis://x:65536") == "REDIS_URL: \"65536\" is no port; write 1 to 65535");
  CHECK(refusal("redis://x/cache") ==
        "REDIS_URL: \"cache\" is no database; write its number, as in redis://localhost:6379/0");
  CHECK(refusal("redis://x/-1").starts_with("REDIS_URL: \"-1\" is no database"));
  CHECK(refusal("redis://:100%secret@x") == "REDIS_URL: a '%' in the password must be written %25");
  CHECK(refusal("redis://a:1,b:2/0") == "REDIS_URL: several hosts are not supported; name one");
  CHECK(refusal("redis://[::1") == "REDIS_URL: the host has '[' without ']'");
  CHECK(refusal("unix://relative") ==
        "REDIS_URL: a unix socket needs a path from /, as unix:///run/redis.sock");
  CHECK(refusal("redis://x?timeout=1").starts_with("REDIS_URL: the option \"timeout\" is not"));
  CHECK(refusal("redis://x?db").starts_with("REDIS_URL: the option \"db\" has no value"));
  CHECK(refusal("redis://x?socket_timeout=soon").starts_with("REDIS_URL: socket_timeout=soon is"));
  CHECK(refusal("rediss://x?ssl_cert_reqs=maybe").starts_with("REDIS_URL: ssl_cert_reqs=maybe"));
}
