// An EmailMessage as it goes over the wire: RFC 5322 with MIME, and the envelope around it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plinth/mail.hpp"

namespace plinth::mail {

struct Envelope {
  std::string from;             // addresses as SMTP has them
  std::vector<std::string> to;  // each once, with those of cc and bcc
  bool international = false;   // one of them is not ASCII
  std::string data;             // the message: lines end with CRLF, dots are not stuffed
};

/// Throws a permanent MailError that names what is wrong with the message.
Envelope compose(const EmailMessage& message);

}  // namespace plinth::mail
