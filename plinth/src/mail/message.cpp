#include "mail/message.hpp"

#include <time.h>

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "json/utf8.hpp"
#include "mail/address.hpp"
#include "mail/check.hpp"
#include "mail/encoding.hpp"
#include "plinth/values.hpp"

namespace plinth::mail {

namespace {

using Mailboxes = std::vector<Mailbox>;

[[noreturn]] void refuse(const std::string& why) { throw MailError(why, true); }

Mailboxes read_mailboxes(std::string_view field, const std::vector<std::string>& texts) {
  Mailboxes mailboxes;
  for (const auto& text : texts) mailboxes.push_back(read_mailbox(field, text));
  return mailboxes;
}

// Writes header fields, one after the other.
class Head {
 public:
  explicit Head(std::string& out) : out_(out) {}

  void raw(std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }
  void text(std::string_view name, std::string_view value) {
    out_.append(name).append(": ");
    append_unstructured(out_, name.size() + 2, value);
    out_ += "\r\n";
  }
  // Nothing for none; one a line.
  void mailboxes(std::string_view name, const Mailboxes& list) {
    if (list.empty()) return;
    out_.append(name).append(": ");
    std::size_t column = name.size() + 2;
    for (const auto& mailbox : list) {
      if (&mailbox != &list.front()) out_ += ",\r\n ";
      append_mailbox(mailbox, column);
      column = 1;
    }
    out_ += "\r\n";
  }

 private:
  void append_mailbox(const Mailbox& mailbox, std::size_t column) {
    if (mailbox.name.empty()) {
      out_ += mailbox.address;
      return;
    }
    const auto begin = out_.size();
    append_phrase(out_, column, mailbox.name);
    const auto fold = out_.rfind('\n');
    const auto used = fold != std::string::npos && fold > begin ? out_.size() - fold - 1
                                                                : column + out_.size() - begin;
    out_ += used + mailbox.address.size() + 4 > 78 ? "\r\n <" : " <";
    out_.append(mailbox.address).append(">");
  }

  std::string& out_;
};

// RFC 5322, 3.3; in UTC, whatever the machine's zone and language.
std::string date_text() {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = base::clock_microseconds() / 1'000'000;
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string(days.at(static_cast<std::size_t>(parts.tm_wday))) + ", " + two(parts.tm_mday) +
         " " + months.at(static_cast<std::size_t>(parts.tm_mon)) + " " +
         std::to_string(parts.tm_year + 1900) + " " + two(parts.tm_hour) + ":" + two(parts.tm_min) +
         ":" + two(parts.tm_sec) + " +0000";
}

std::string message_id(const EmailMessage& message, std::string_view domain) {
  if (message.message_id.empty()) return Uuid::random().str() + "@" + std::string(domain);
  const std::string_view id = message.message_id;
  const bool visible =
      std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f' && c != '<' && c != '>'; });
  const auto at = id.find('@');
  if (!visible || at == 0 || at + 1 == id.size() || id.size() > 250) {
    refuse("message_id: \"" + without_controls(id) + "\" is none; use \"name@example.com\"");
  }
  return at == id.npos ? message.message_id + "@" + std::string(domain) : message.message_id;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

void check_extra_header(const std::string& name, const std::string& value) {
  const bool token = !name.empty() && name.size() <= 70 && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c < '\x7f' && c != ':';
  });
  if (!token) refuse("headers: \"" + without_controls(name) + "\" is no name of a header");
  constexpr std::array own{"from",         "sender",       "to",
                           "cc",           "bcc",          "reply-to",
                           "subject",      "date",         "message-id",
                           "mime-version", "content-type", "content-transfer-encoding"};
  for (std::string_view known : own) {
    if (equal_ignoring_case(name, known)) {
      refuse("headers: " + name + " is made from the message's own members; leave it out");
    }
  }
  check_line(name, value);
}

void append_part(std::string& out, std::string_view type, std::string_view text) {
  const auto body = encode_body(text);
  Head head(out);
  head.raw("Content-Type", "text/" + std::string(type) + "; charset=\"utf-8\"");
  head.raw("Content-Transfer-Encoding", body.encoding);
  out.append("\r\n").append(body.text);
}

void append_body(std::string& out, const EmailMessage& message) {
  if (!message.html) return append_part(out, "plain", message.text);
  const auto boundary = "=_" + Uuid::random().str();
  Head(out).raw("Content-Type", "multipart/alternative;\r\n boundary=\"" + boundary + "\"");
  // The line break before a boundary is the boundary's.
  const auto delimiter = "\r\n--" + boundary;
  out.append(delimiter).append("\r\n");
  append_part(out, "plain", message.text);
  out.append(delimiter).append("\r\n");
  append_part(out, "html", *message.html);
  out.append(delimiter).append("--\r\n");
}

void check_bodies(const EmailMessage& message) {
  if (!json::is_utf8(message.text)) refuse("text is not UTF-8");
  if (message.html && !json::is_utf8(*message.html)) refuse("html is not UTF-8");
}

}  // namespace

Envelope compose(const EmailMessage& message) {
  if (message.from.empty()) refuse("from: the message has no sender, and the mailer none either");
  const auto from = read_mailbox("from", message.from);
  const auto to = read_mailboxes("to", message.to);
  const auto cc = read_mailboxes("cc", message.cc);
  const auto bcc = read_mailboxes("bcc", message.bcc);
  Mailboxes reply_to;
  if (message.reply_to) reply_to.push_back(read_mailbox("reply_to", *message.reply_to));
  check_line("subject", message.subject);
  check_bodies(message);

  Envelope envelope{.from = from.address, .international = from.international};
  for (const auto* list : {&to, &cc, &bcc}) {
    for (const auto& mailbox : *list) {
      if (std::ranges::find(envelope.to, mailbox.address) != envelope.to.end()) continue;
      envelope.to.push_back(mailbox.address);
      envelope.international = envelope.international || mailbox.international;
    }
  }
  if (envelope.to.empty()) refuse("to: the message has no recipient; name one in to, cc or bcc");
  // The server learns from the envelope alone that it has an international message.
  if (message.reply_to && reply_to.front().international && !envelope.international) {
    refuse("reply_to: \"" + *message.reply_to +
           "\" is not ASCII, which only a message from or to such an address may hold");
  }

  Head head(envelope.data);
  head.mailboxes("From", {from});
  head.mailboxes("To", to);
  head.mailboxes("Cc", cc);
  head.mailboxes("Reply-To", reply_to);
  head.text("Subject", message.subject);
  head.raw("Date", date_text());
  head.raw("Message-ID", "<" + message_id(message, domain_of(from.address)) + ">");
  for (const auto& [name, value] : message.headers) {
    check_extra_header(name, value);
    head.text(name, value);
  }
  head.raw("MIME-Version", "1.0");
  append_body(envelope.data, message);
  return envelope;
}

}  // namespace plinth::mail
