#include "mail/check.hpp"

#include <algorithm>

#include "json/utf8.hpp"
#include "plinth/mail.hpp"

namespace plinth::mail {

namespace {

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

}  // namespace

void check_line(std::string_view field, std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw MailError(std::string(field) + ": \"" + without_controls(text) +
                        "\" has a line break or a NUL, which may not stand in a header; remove it",
                    true);
  }
  if (std::ranges::any_of(text, is_control)) {
    throw MailError(std::string(field) + ": \"" + without_controls(text) +
                        "\" has a control character; remove it",
                    true);
  }
  if (!json::is_utf8(text)) throw MailError(std::string(field) + " is not UTF-8", true);
}

std::string without_controls(std::string_view text) {
  std::string shown = json::repair_utf8(text);
  std::ranges::replace_if(shown, is_control, '?');
  return shown;
}

}  // namespace plinth::mail
