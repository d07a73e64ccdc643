#include "mail/address.hpp"

#include <algorithm>
#include <optional>

#include "formats/email_parts.hpp"
#include "json/utf8.hpp"
#include "mail/check.hpp"
#include "plinth/mail.hpp"

namespace plinth::mail {

namespace {

// RFC 5321, 4.5.3.1
constexpr std::size_t address_bytes_max = 254;
constexpr std::size_t local_bytes_max = 64;

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || !name.starts_with('"') || !name.ends_with('"')) return std::string(name);
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    plain += name[i];
  }
  return plain;
}

// Names that only a local network knows, "localhost", are good here and not in schemas.
std::optional<std::string> plain_domain(std::string_view domain) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.';
  };
  if (domain.empty() || !std::ranges::all_of(domain, is_plain)) return std::nullopt;
  if (domain.starts_with('.') || domain.ends_with('.')) return std::nullopt;
  if (domain.find("..") != std::string_view::npos) return std::nullopt;
  return std::string(domain);
}

}  // namespace

Mailbox read_mailbox(std::string_view field, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    throw MailError(std::string(field) + ": \"" + without_controls(text) +
                        "\" is no address: " + std::string(why),
                    true);
  };
  check_line(field, text);
  Mailbox mailbox;
  auto written = trim(text);
  if (written.ends_with('>')) {
    const auto open = written.rfind('<');
    if (open == std::string_view::npos) refuse("a '<' is missing");
    const auto name = trim(written.substr(0, open));
    if (!name.starts_with('"') && name.find_first_of("<>") != std::string_view::npos) {
      refuse("a name with '<' or '>' stands in quotes");
    }
    mailbox.name = unquoted(name);
    written = written.substr(open + 1, written.size() - open - 2);
  }
  const auto split = formats::split_email(formats::to_code_points(written));
  if (!split) refuse(split.reason);
  if (split.value.display_name) refuse("it has more than one");
  const auto local = formats::validate_local_part(split.value.local_part, split.value.quoted);
  if (!local) refuse(local.reason);

  auto domain = plain_domain(formats::to_utf8(split.value.domain));
  if (!domain) {
    const auto read = formats::validate_domain_name(split.value.domain);
    if (!read) refuse(read.reason);
    domain = read.value.ascii;
  }
  const auto local_part = formats::to_utf8(local.value.text);
  mailbox.address = local_part + "@" + *domain;
  mailbox.international = !local.value.ascii;
  if (mailbox.address.size() > address_bytes_max || local_part.size() > local_bytes_max) {
    refuse("it is longer than mail servers take, 64 bytes before the @ and 254 in all");
  }
  return mailbox;
}

std::string_view domain_of(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

}  // namespace plinth::mail
