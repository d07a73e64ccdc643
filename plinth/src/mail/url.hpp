// SMTP_URL: where mail goes, and how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plinth::mail {

enum class Encryption : std::uint8_t {
  none,
  offered,   // STARTTLS where the server has it
  required,  // STARTTLS, or nothing is sent
  implicit,  // smtps
};

struct SmtpUrl {
  std::string host;  // in ASCII; an IPv6 address in brackets
  std::uint16_t port = 0;
  std::string user = {};
  std::string password = {};
  Encryption encryption = Encryption::offered;
  std::string ca_file = {};
  std::string local_hostname = {};

  /// "smtp://mail.example.com:587"
  std::string shown() const;
};

/// Throws std::invalid_argument, naming the fix and no password.
SmtpUrl parse_smtp_url(std::string_view url);

}  // namespace plinth::mail
