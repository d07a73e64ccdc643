#include "mail/dialogue.hpp"

#include <algorithm>
#include <array>

namespace plinth::mail {

namespace {

constexpr std::size_t words_max = 2000;

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 0 when the line does not open with one.
int read_code(std::string_view line) {
  if (line.size() < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2])) return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

void Dialogue::send(std::string_view line) {
  line = without_end(line);
  const auto verb = line.substr(0, line.find(' '));
  if (verb == "QUIT") ended_ = true;  // what follows it is courtesy
  constexpr std::array verbs{"EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "DATA"};
  for (std::string_view known : verbs) {
    if (verb == known) command_ = line;
  }
  if (verb == "AUTH") command_ = verb;
}

bool Dialogue::receive(std::string_view line) {
  line = without_end(line);
  if (ended_ || read_code(line) == 0) return true;
  const bool greets = command_.starts_with("EHLO") || command_.starts_with("HELO");
  if (whole_) {
    words_.clear();
    if (greets) has_smtputf8_ = false;
  }
  const auto text = line.substr(std::min<std::size_t>(4, line.size()));
  if (greets && text == "SMTPUTF8") has_smtputf8_ = true;
  if (words_.size() < words_max) {
    words_.append(words_.empty() ? line.substr(0, 3) : std::string_view()).append(" ").append(text);
  }
  whole_ = line.size() < 4 || line[3] != '-';
  if (!whole_) return true;
  code_ = read_code(line);
  lacks_smtputf8_ = needs_smtputf8_ && !has_smtputf8_ && command_.starts_with("MAIL");
  return !lacks_smtputf8_;
}

}  // namespace plinth::mail
