// Messages of any bytes, and urls of mail servers. A message that is made has the header fields it
// should have and no other, in lines of ASCII, and reads back as what was written; what is not made
// is refused in one line of UTF-8.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "json/utf8.hpp"
#include "mail/message.hpp"
#include "mail/url.hpp"
#include "security/base64.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

int digit(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

std::string decode_escapes(std::string_view text, bool blanks_are_underlines) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "=\r\n") {  // a soft break
      i += 2;
    } else if (text[i] == '=') {
      plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      plain += blanks_are_underlines && text[i] == '_' ? ' ' : text[i];
    }
  }
  return plain;
}

std::string without(std::string text, std::string_view part) {
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
  return text;
}

// What a reader shows of a field.
std::string unfolded(std::string value) {
  std::string shown;
  if (!value.starts_with("=?") && !value.starts_with("\r\n =?")) return without(value, "\r\n");
  std::string_view rest = value;
  while (!rest.empty()) {
    if (rest.starts_with("\r\n ")) rest.remove_prefix(3);
    expect(rest.starts_with("=?utf-8?q?") || rest.starts_with("=?utf-8?b?"));
    const auto end = rest.find("?=", 10);
    expect(end != rest.npos && end + 2 <= 75);
    const auto word = rest.substr(10, end - 10);
    const auto part =
        rest[8] == 'q' ? decode_escapes(word, true) : security::decode_base64(word).value();
    expect(json::is_utf8(part));  // no character is cut
    shown += part;
    rest.remove_prefix(end + 2);
  }
  return shown;
}

std::string with_crlf(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool end = text[i] == '\r' || text[i] == '\n';
    if (text.substr(i, 2) == "\r\n") ++i;
    if (end) {
      lines += "\r\n";
    } else {
      lines += text[i];
    }
  }
  return lines.ends_with("\r\n") ? lines : lines + "\r\n";
}

std::string decoded_body(std::string_view encoding, std::string body) {
  if (encoding == "7bit") return body;
  if (encoding == "quoted-printable") return decode_escapes(body, false);
  expect(encoding == "base64");
  return security::decode_base64(without(std::move(body), "\r\n")).value();
}

void check_lines(const mail::Envelope& envelope) {
  std::size_t column = 0;
  const auto& data = envelope.data;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const char c = data[i];
    if (c == '\r') expect(i + 1 < data.size() && data[i + 1] == '\n');
    if (c == '\n') expect(i > 0 && data[i - 1] == '\r');
    column = c == '\n' ? 0 : column + 1;
    expect(column <= 999);  // with the CR
    expect(envelope.international || (c > 0 && c != '\x7f'));
  }
  expect(column == 0);
}

void check(const EmailMessage& message, const mail::Envelope& envelope) {
  check_lines(envelope);
  const auto end = envelope.data.find("\r\n\r\n");
  std::string_view head = std::string_view(envelope.data).substr(0, end + 2);
  std::vector<std::string> names;
  std::string subject;
  std::string encoding;
  while (!head.empty()) {
    auto stop = head.find("\r\n");
    while (stop + 2 < head.size() && head[stop + 2] == ' ') stop = head.find("\r\n", stop + 2);
    const auto colon = head.find(": ");
    names.emplace_back(head.substr(0, colon));
    const std::string value(head.substr(colon + 2, stop - colon - 2));
    if (names.back() == "Subject") subject = unfolded(value);
    if (names.back() == "X-Own") expect(unfolded(value) == message.headers[0].second);
    if (names.back() == "Content-Transfer-Encoding") encoding = value;
    head.remove_prefix(stop + 2);
  }
  expect(names == std::vector<std::string>{"From", "To", "Reply-To", "Subject", "Date",
                                           "Message-ID", "X-Own", "MIME-Version", "Content-Type",
                                           "Content-Transfer-Encoding"});
  expect(subject == message.subject);
  expect(decoded_body(encoding, envelope.data.substr(end + 4)) == with_crlf(message.text));
}

void compose(std::string_view text) {
  std::array<std::string, 6> fields;
  for (auto& field : fields) {
    const auto end = std::min(text.find('\x1f'), text.size());
    field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const EmailMessage message{.from = fields[0],
                             .to = {fields[1]},
                             .subject = fields[2],
                             .text = fields[3],
                             .reply_to = fields[4],
                             .headers = {{"X-Own", fields[5]}},
                             .message_id = "1@example.com"};
  try {
    check(message, mail::compose(message));
  } catch (const MailError& error) {
    const std::string_view why = error.what();
    expect(error.permanent && json::is_utf8(why));
    expect(std::ranges::none_of(why, [](char c) { return c >= 0 && c < ' '; }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  compose(text);
  try {
    const auto url = mail::parse_smtp_url(text);
    expect(!url.host.empty() && url.port != 0);
  } catch (const std::invalid_argument& error) {
    expect(std::string_view(error.what()).starts_with("SMTP_URL: "));
  }
  return 0;
}
