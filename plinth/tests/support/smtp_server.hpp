// A real SMTP server for one test: Python's aiosmtpd, on a free port of the loopback.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace support {

class SmtpServer {
 public:
  enum class Tls : std::uint8_t { none, starttls, implicit };
  struct Options {
    Tls tls = Tls::none;
    std::string login = {};  // "user:password", demanded from everybody; without TLS, too
    bool smtputf8 = true;
    int fail_first = 0;  // that many messages are answered with 451
  };

  /// Started, and ready for clients.
  SmtpServer() : SmtpServer(Options{}) {}
  explicit SmtpServer(Options options);
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;
  ~SmtpServer();

  /// "127.0.0.1:41234"
  std::string address() const;
  /// "smtp://127.0.0.1:41234"; smtps with implicit TLS.
  std::string url() const;
  /// The certificate, to be trusted: a file that goes with the server.
  std::string ca_file() const;

  /// The next message it took, as JSON; waits for it. smtp_server.py says what is in it.
  std::string next();
  /// Ends the server; returns the messages that next() has not.
  std::vector<std::string> stop();

 private:
  Options options_;
  std::string folder_;
  std::string port_;
  std::unique_ptr<Child> process_;
};

}  // namespace support
