// TLS as the world's clients see it: curl and openssl against a server in this process.
#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/log.hpp"
#include "server/running_server.hpp"
#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/http_load.hpp"

using namespace plinth;
using namespace server_test;
using support::Certificates;
using support::HttpLoad;
using support::run_command;

namespace {

struct Log final : base::LogSink {
  Log() : previous(base::set_log_sink(this)) {}
  ~Log() override { base::set_log_sink(previous); }
  void write(const base::LogRecord& record) noexcept override {
    if (record.level >= base::Level::error) ++errors;
    if (record.message == "TLS") ++certificates;
  }
  base::LogSink* previous;
  std::atomic<int> errors = 0;
  std::atomic<int> certificates = 0;
};

Task<Response> answer(Request& request) {
  if (request.path == "/large") co_return Response::text(std::string(3'000'000, 'x'));
  co_return Response::text(std::string(request.scheme) + " " + request.path + " " +
                           std::to_string(request.body.size()));
}

ServerOptions with(const Certificates::Pair& pair) {
  return {.ssl_certfile = pair.certificate, .ssl_keyfile = pair.key, .queue_ms_max = 0};
}

struct TlsServer : RunningServer {
  explicit TlsServer(const Certificates& certificates)
      : RunningServer(answer, with(certificates.issue("server"))),
        authority(certificates.authority()) {}
  /// What curl prints.
  support::Ran curl(const std::string& path, const std::string& more = "") const {
    return run_command({"sh", "-c",
                        "curl -sS --max-time 60 --cacert " + authority + " " + more +
                            " https://127.0.0.1:" + std::to_string(port()) + path});
  }
  /// What s_client prints, with standard input at its end, or as given.
  std::string s_client(const std::string& options, const std::string& input = "</dev/null") const {
    const auto ran =
        run_command({"sh", "-c",
                     "timeout 60 openssl s_client -connect 127.0.0.1:" + std::to_string(port()) +
                         " -CAfile " + authority + " " + options + " " + input + " 2>&1"});
    return ran.out;
  }
  std::uint16_t port() const { return const_cast<TlsServer*>(this)->RunningServer::port(); }
  std::string authority;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("requests over TLS: small, large, several on one connection") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  CHECK(server.curl("/a").out == "https /a 0");
  CHECK(server.curl("/large").out == std::string(3'000'000, 'x'));
  const auto upload = certificates.folder() + "/upload";
  std::ofstream(upload) << std::string(900'000, 'y');
  CHECK(server.curl("/up", "--data-binary @" + upload).out == "https /up 900000");
  const auto two =
      server.curl("/b", "-v https://127.0.0.1:" + std::to_string(server.port()) + "/c");
  CHECK(two.out == "https /c 0https /b 0");
  CHECK(has(two.err, "Re-using existing connection"));
}

TEST_CASE("requests that come in one record are all answered") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  const auto file = certificates.folder() + "/two";
  std::ofstream(file) << "GET /d HTTP/1.1\r\nHost: a\r\n\r\n"
                         "GET /e HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const auto two = server.s_client("-quiet", "< " + file);
  CHECK(has(two, "https /d 0"));
  CHECK(has(two, "https /e 0"));
}

TEST_CASE("TLS 1.2 and 1.3 with strong ciphers, nothing older or weaker") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  CHECK(has(server.s_client("-tls1_3"), "Verify return code: 0 (ok)"));
  const auto old = server.s_client("-tls1_2");
  CHECK(has(old, "Verify return code: 0 (ok)"));
  CHECK(has(old, "Cipher is ECDHE-ECDSA-"));
  CHECK(has(old, "Compression: NONE"));
  for (const auto* refused :
       {"-tls1_1 -cipher ALL:@SECLEVEL=0", "-tls1 -cipher ALL:@SECLEVEL=0",
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA", "-tls1_2 -cipher AES128-GCM-SHA256",
        "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384", "-tls1_2 -cipher aNULL:@SECLEVEL=0"}) {
    CAPTURE(std::string(refused));
    CHECK(has(server.s_client(refused), "Cipher is (NONE)"));
  }
  CHECK(server.curl("/still").out == "https /still 0");
}

TEST_CASE("ALPN gives http/1.1, and refuses a client without it") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  CHECK(has(server.s_client("-alpn h2,http/1.1"), "ALPN protocol: http/1.1"));
  CHECK(has(server.s_client("-alpn h2"), "no application protocol"));
  CHECK(has(server.s_client(""), "No ALPN negotiated"));
}

TEST_CASE("sessions are resumed, and not renegotiated") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  const auto file = certificates.folder() + "/session";
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    CAPTURE(version);
    // The answer is read, and with it the ticket that TLS 1.3 sends before it.
    const auto request = certificates.folder() + "/request";
    std::ofstream(request) << "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    server.s_client(version + " -ign_eof -sess_out " + file, "< " + request);
    CHECK(has(server.s_client(version + " -sess_in " + file), "Reused, "));
  }
  const auto command = certificates.folder() + "/renegotiate";
  std::ofstream(command) << "R\n";
  CHECK(has(server.s_client("-tls1_2", "< " + command), "no renegotiation"));
}

TEST_CASE("plain HTTP on the TLS port is told what to do") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto refused = client.receive_all();
  CHECK(refused.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(
      refused.ends_with("connection: close\r\n\r\n"
                        "This port speaks HTTPS: ask for https://, not http://."));
  Client noise(server.port());
  noise.send(std::string(100, '\0'));
  CHECK_FALSE(has(noise.receive_all(), "HTTP"));
  CHECK(server.curl("/still").out == "https /still 0");
}

TEST_CASE("who does not come to an end with the handshake is let go") {
  const Log log;
  const Certificates certificates;
  auto options = with(certificates.issue("server"));
  options.handshake_timeout_ms = 1;
  RunningServer server(answer, options);
  CHECK(Client(server.port()).receive_all().empty());
  Client half(server.port());
  half.send(std::string("\x16\x03\x01\x02\x00", 5));  // a record of 512 bytes that does not come
  CHECK(half.receive_all().empty());
}

TEST_CASE("a handshake has a bound") {
  const Log log;
  const Certificates certificates;
  const TlsServer server(certificates);
  Client endless(server.port());
  // A ClientHello that says it has 16 MiB, in records of 16 KiB.
  std::string record("\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9);
  record.resize(5 + 16'384, 'x');
  for (int i = 0; i < 100; ++i) endless.send(record);
  CHECK_FALSE(has(endless.receive_all(), "HTTP"));
  CHECK(server.curl("/still").out == "https /still 0");
}

TEST_CASE("what is wrong with the files is one sentence, and the server does not start") {
  Log log;
  const Certificates certificates;
  const auto one = certificates.issue("one");
  const auto other = certificates.issue("other", Certificates::Kind::rsa);
  const auto third = certificates.issue("third");
  const auto encrypted = certificates.folder() + "/encrypted.key";
  support::openssl("pkey -in " + one.key + " -aes256 -passout pass:secret -out " + encrypted);
  FunctionHandler handler(answer);
  const auto trouble = [&](ServerOptions options) -> std::string {
    options.port = 0;
    Server server(handler, options);
    try {
      server.listen();
    } catch (const std::runtime_error& error) {
      CHECK(server.run() == 1);
      return error.what();
    }
    return "";
  };
  CHECK(trouble(with(one)) == "");
  CHECK(trouble({.ssl_certfile = one.certificate,
                 .ssl_keyfile = encrypted,
                 .ssl_keyfile_password = "secret"}) == "");
  CHECK(trouble({.ssl_certfile = one.certificate, .ssl_keyfile = third.key}) ==
        "SSL_KEYFILE: " + third.key + ": is not the key of the certificate in " + one.certificate);
  CHECK(trouble({.ssl_certfile = one.certificate, .ssl_keyfile = other.key}) ==
        "SSL_KEYFILE: " + other.key + ": is not the key of the certificate in " + one.certificate);
  CHECK(trouble({.ssl_certfile = "/nowhere.pem", .ssl_keyfile = one.key}) ==
        "SSL_CERTFILE: /nowhere.pem: No such file or directory");
  CHECK(trouble({.ssl_certfile = one.key, .ssl_keyfile = one.key})
            .starts_with("SSL_CERTFILE: " + one.key + ": is no certificate in PEM form"));
  CHECK(trouble({.ssl_certfile = one.certificate})
            .starts_with("SSL_KEYFILE: " + one.certificate + ": is no private key in PEM form"));
  CHECK(has(trouble({.ssl_certfile = one.certificate, .ssl_keyfile = encrypted}),
            "SSL_KEYFILE_PASSWORD is not its password"));
  CHECK(log.errors == 6);
}

TEST_CASE("a new certificate is taken into use under load, and no request is lost") {
  Log log;
  const Certificates certificates;
  const auto pair = certificates.issue("server");
  auto options = with(pair);
  options.ssl_reload_ms = 20;
  options.threads = 2;
  RunningServer server(answer, options);
  const auto subject = [&] {
    return support::openssl("s_client -connect 127.0.0.1:" + std::to_string(server.port()) +
                            " </dev/null 2>/dev/null | openssl x509 -noout -subject");
  };
  HttpLoad load({.port = server.port(), .body = "https / 0", .tls = true});
  load.wait_for(100);
  CHECK(subject() == "subject=CN = server\n");
  for (int round = 0; round < 5; ++round) {
    const auto name = "round" + std::to_string(round);
    const int seen = log.certificates;
    support::replace(pair, certificates.issue(name));
    // Between the two renames the pair does not fit; that may be seen, and the old one stays.
    while (log.certificates == seen) std::this_thread::yield();
    load.wait_for(50);
    CHECK(subject() == "subject=CN = " + name + "\n");
  }
  const int errors = log.errors;
  std::ofstream(pair.certificate) << "no certificate";
  while (log.errors == errors) std::this_thread::yield();
  CHECK(subject() == "subject=CN = round4\n");
  load.wait_for(50);
  load.stop();
  CHECK(load.lost() == "");
  CHECK(server.stop() == 0);
}

TEST_CASE("a server that stops under load over TLS answers all it has accepted") {
  const Log log;
  const Certificates certificates;
  const auto pair = certificates.issue("server");
  for (int round = 0; round < 3; ++round) {
    auto options = with(pair);
    options.threads = 2;
    RunningServer server(answer, options);
    HttpLoad small({.port = server.port(), .body = "https / 0", .tls = true, .server_ends = true});
    HttpLoad large({.port = server.port(),
                    .target = "/large",
                    .body = std::string(3'000'000, 'x'),
                    .kept = 1,
                    .fresh = 1,
                    .tls = true,
                    .server_ends = true});
    small.wait_for(50);
    large.wait_for(2);
    CHECK(server.stop() == 0);
    small.stop();
    large.stop();
    CHECK(small.lost() == "");
    CHECK(large.lost() == "");
  }
}

TEST_CASE("SIGHUP reads the certificate anew") {
  Log log;
  const Certificates certificates;
  const auto pair = certificates.issue("server");
  auto options = with(pair);
  options.ssl_reload_ms = 0;
  RunningServer server(answer, options);
  HttpLoad load({.port = server.port(), .body = "https / 0", .kept = 1, .fresh = 1, .tls = true});
  load.wait_for(1);  // from here on signals are heard
  CHECK(log.certificates == 1);
  ::kill(::getpid(), SIGHUP);
  while (log.certificates == 1) std::this_thread::yield();
  load.wait_for(10);
  load.stop();
  CHECK(load.lost() == "");
}
