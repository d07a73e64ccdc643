// TLS against a Redis whose certificate a throw-away authority has signed.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "redis/client.hpp"
#include "redis/log.hpp"
#include "redis/subscriber.hpp"
#include "support/redis.hpp"

using namespace plinth;
using namespace plinth::redis;
using support::RedisServer;

namespace {

void openssl(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"openssl"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto ran = support::run_command(command);
  if (ran.status != 0) throw std::runtime_error("openssl: " + ran.err);
}

// A certificate for 127.0.0.1, and none for localhost.
void make_certificates(const std::string& folder) {
  const auto key = [](const std::string& file) {
    return std::vector<std::string>{"-newkey", "ec",      "-pkeyopt", "ec_paramgen_curve:P-256",
                                    "-nodes",  "-keyout", file};
  };
  std::vector<std::string> ca{"req", "-x509", "-days", "2", "-subj", "/CN=Test CA"};
  for (const auto& word : key(folder + "/ca.key")) ca.push_back(word);
  ca.insert(ca.end(), {"-out", folder + "/ca.pem"});
  openssl(ca);
  std::vector<std::string> request{"req", "-subj", "/CN=redis"};
  for (const auto& word : key(folder + "/redis.key")) request.push_back(word);
  request.insert(request.end(), {"-addext", "subjectAltName=IP:127.0.0.1,DNS:redis.test", "-out",
                                 folder + "/redis.csr"});
  openssl(request);
  openssl({"x509", "-req", "-days", "2", "-copy_extensions", "copy", "-CA", folder + "/ca.pem",
           "-CAkey", folder + "/ca.key", "-CAcreateserial", "-in", folder + "/redis.csr", "-out",
           folder + "/redis.pem"});
}

// Listens to TLS beside its plain port.
struct TlsServer : RedisServer {
  TlsServer() {
    make_certificates(folder());
    ask({"CONFIG", "SET", "tls-cert-file", folder() + "/redis.pem", "tls-key-file",
         folder() + "/redis.key", "tls-ca-cert-file", folder() + "/ca.pem", "tls-auth-clients",
         "no"});
    for (tls_port = port() + 1; tls_port < port() + 20; ++tls_port) {
      if (ask({"CONFIG", "SET", "tls-port", std::to_string(tls_port)}) == "OK\n") return;
    }
    throw std::runtime_error("Redis takes no port for TLS");
  }
  std::string tls_url(const std::string& host, const std::string& query) const {
    return "rediss://" + host + ":" + std::to_string(tls_port) + "/0" + query;
  }
  int tls_port = 0;
};

std::string trouble(const std::string& url) {
  redis_test::Log log;
  Client client(parse_url(url), {.connect_limit_ms = 500});
  return run([](Client& redis) -> Task<std::string> {
    try {
      co_await redis.command({"PING"});
    } catch (const Unavailable& error) {
      co_return error.what();
    }
    co_return "none";
  }(client));
}

}  // namespace

TEST_CASE("commands, large replies and messages pass through TLS") {
  const TlsServer server;
  const auto url =
      parse_url(server.tls_url("127.0.0.1", "?ssl_ca_certs=" + server.folder() + "/ca.pem"));
  Client client(url);
  std::vector<std::string> heard;
  Subscriber subscriber(
      url, [&heard](Message& message) { heard.push_back(message.payload.text); }, nullptr);
  run([](Client& redis, Subscriber& listener, std::vector<std::string>& got) -> Task<void> {
    const std::string large(2'000'000, 'x');
    co_await redis.command({"SET", "large", large});
    CHECK((co_await redis.command({"GET", "large"})).text == large);
    listener.subscribe("news");
    co_await listener.ready();
    co_await redis.command({"PUBLISH", "news", large});
    while (got.empty()) co_await sleep_for(1);
    CHECK(got[0] == large);
  }(client, subscriber, heard));
}

TEST_CASE("a certificate is believed only from a known authority, and for its host") {
  const TlsServer server;
  const auto ca = "?ssl_ca_certs=" + server.folder() + "/ca.pem";
  CHECK(trouble(server.tls_url("127.0.0.1", ca)) == "none");
  CHECK(trouble(server.tls_url("127.0.0.1", "?ssl_cert_reqs=none")) == "none");
  CHECK(trouble(server.tls_url("localhost", ca + "&ssl_check_hostname=false")) == "none");
  const auto unknown = trouble(server.tls_url("127.0.0.1", ""));
  CHECK(unknown.find("TLS: its certificate is refused: ") != std::string::npos);
  CHECK(unknown.find("?ssl_ca_certs=/path/of/ca.pem") != std::string::npos);
  CHECK(trouble(server.tls_url("localhost", ca)).find("hostname mismatch") != std::string::npos);
  CHECK(trouble(server.tls_url("127.0.0.1", "?ssl_ca_certs=/no/such.pem"))
            .find("the authorities of ssl_ca_certs cannot be read from /no/such.pem") !=
        std::string::npos);
}
