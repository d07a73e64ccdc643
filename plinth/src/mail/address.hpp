// Who sends a message and who is sent it.
#pragma once

#include <string>
#include <string_view>

namespace plinth::mail {

struct Mailbox {
  std::string name;     // UTF-8; empty when there is none
  std::string address;  // as SMTP has it: the domain in ASCII, the local part quoted if need be
  bool international = false;  // the local part is not ASCII, so the server must have SMTPUTF8
};

/// Reads "ada@example.com" or "Ada Lovelace <ada@example.com>". Throws a permanent MailError that
/// names the field and the text.
Mailbox read_mailbox(std::string_view field, std::string_view text);

/// The part of an address behind the last '@'.
std::string_view domain_of(std::string_view address);

}  // namespace plinth::mail
