#include "mail/encoding.hpp"

#include <algorithm>

#include "json/utf8.hpp"
#include "security/base64.hpp"

namespace plinth::mail {

namespace {

constexpr std::size_t line_columns = 76;   // RFC 2047, 2; RFC 2045, 6.7
constexpr std::size_t word_columns = 75;   // RFC 2047, 2
constexpr std::size_t plain_columns = 78;  // RFC 5322, 2.1.1
constexpr std::size_t line_columns_max = 998;
constexpr std::size_t word_overhead = 12;   // "=?utf-8?q?" and "?="
constexpr std::string_view fold = "\r\n ";  // what it unfolds to is the blank

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_printable_ascii(char c) { return c >= ' ' && c < '\x7f'; }

bool is_atom(char c) {
  return is_letter_or_digit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

void append_hex(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '=';
  out += digits[byte >> 4U];
  out += digits[byte & 0xfU];
}

// The strictest alphabet, which may stand in a phrase. Source: RFC 2047, 5 (3)
std::string q_encoded(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    if (c == ' ') {
      out += '_';
    } else if (is_letter_or_digit(c) || std::string_view("!*+-/").find(c) != std::string::npos) {
      out += c;
    } else {
      append_hex(out, c);
    }
  }
  return out;
}

std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

void append_encoded_words(std::string& out, std::size_t column, std::string_view text) {
  // Readable where it costs little, by Python's measure (email._encoded_words).
  const bool q = q_encoded(text).size() < base64_size(text.size()) + 5;
  const auto size_of = [q](std::string_view part) {
    return q ? q_encoded(part).size() : base64_size(part.size());
  };
  for (std::size_t begin = 0; begin < text.size();) {
    // A word must fit its line, and holds whole characters.
    const auto room = std::min(word_columns, line_columns - std::min(line_columns, column));
    std::size_t end = begin;
    for (std::size_t next = begin; next < text.size(); end = next) {
      json::next_code_point(text, next);
      if (word_overhead + size_of(text.substr(begin, next - begin)) > room) break;
    }
    if (end == begin && column > 1) {
      out += fold;
      column = 1;
      continue;
    }
    const auto part = text.substr(begin, end - begin);
    out += q ? "=?utf-8?q?" + q_encoded(part) : "=?utf-8?b?" + security::encode_base64(part);
    out += "?=";
    begin = end;
    column = line_columns;  // the next one goes on a line of its own
  }
}

// Folded before single blanks. A word that is longer than a line stays whole, since an encoded one
// in a structured field (List-Unsubscribe) would not be read; false, and nothing appended, when it
// is longer than servers take.
bool append_folded(std::string& out, std::size_t column, std::string_view text) {
  const auto may_fold = [&](std::size_t i) {
    return i > 0 && i + 1 < text.size() && text[i] == ' ' && text[i - 1] != ' ' &&
           text[i + 1] != ' ';
  };
  std::string folded;
  std::size_t begin = 0;
  while (column + text.size() - begin > plain_columns) {
    auto blank = text.size();
    for (auto i = begin; i < text.size(); ++i) {
      if (column + i - begin > plain_columns && blank < text.size()) break;
      if (may_fold(i)) blank = i;
    }
    if (column + blank - begin > line_columns_max) return false;
    if (blank == text.size()) break;
    folded.append(text.substr(begin, blank - begin)).append(fold);
    begin = blank + 1;
    column = 1;
  }
  out.append(folded).append(text.substr(begin));
  return true;
}

// What would be read as it is written.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, is_printable_ascii) && !text.starts_with(' ') &&
         !text.ends_with(' ') && text.find("=?") == std::string_view::npos;
}

// Calls `each` with every line, without its end. A last empty one is none.
template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    each(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
  }
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for_each_line(text, [&](std::string_view line) { out.append(line).append("\r\n"); });
  return out;
}

void append_quoted_printable(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    const bool blank = c == ' ' || c == '\t';
    const bool as_it_is = blank ? !last : is_printable_ascii(c) && c != '=';
    const std::size_t width = as_it_is ? 1 : 3;
    if (column + width + (last ? 0 : 1) > line_columns) {  // room for the '=' of a soft break
      out += "=\r\n";
      column = 0;
    }
    if (as_it_is) {
      out += c;
    } else {
      append_hex(out, c);
    }
    column += width;
  }
  out += "\r\n";
}

}  // namespace

void append_unstructured(std::string& out, std::size_t column, std::string_view text) {
  if (is_plain(text) && append_folded(out, column, text)) return;
  append_encoded_words(out, column, text);
}

void append_phrase(std::string& out, std::size_t column, std::string_view text) {
  const auto in_atoms = [](char c) { return c == ' ' || is_atom(c); };
  if (!is_plain(text) || column + text.size() > plain_columns) {
    append_encoded_words(out, column, text);
  } else if (std::ranges::all_of(text, in_atoms) && text.find("  ") == std::string_view::npos) {
    out += text;
  } else {
    out += '"';
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
}

EncodedBody encode_body(std::string_view utf8) {
  std::string quoted;
  std::size_t longest = 0;
  for_each_line(utf8, [&](std::string_view line) {
    longest = std::max(longest, line.size());
    append_quoted_printable(quoted, line);
  });
  std::string plain = with_crlf(utf8);
  if (plain.empty()) plain = quoted = "\r\n";
  const bool ascii = std::ranges::all_of(
      plain, [](char c) { return is_printable_ascii(c) || c == '\t' || c == '\r' || c == '\n'; });
  if (ascii && longest <= plain_columns) return {"7bit", std::move(plain)};

  const std::string base64 = security::encode_base64(plain);
  if (quoted.size() <= base64.size() + base64.size() / line_columns * 2 + 2) {
    return {"quoted-printable", std::move(quoted)};
  }
  std::string lines;
  for (std::size_t i = 0; i < base64.size(); i += line_columns) {
    lines.append(base64, i, line_columns).append("\r\n");
  }
  return {"base64", std::move(lines)};
}

}  // namespace plinth::mail
