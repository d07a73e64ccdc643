#include "schema/lax_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace plinth::schema {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_of(std::string_view text, bool (*test)(char)) {
  return std::all_of(text.begin(), text.end(), test);
}

// JSON's grammar: no plus, no leading zeros.
bool is_json_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !all_of(text, is_digit)) return false;
  return text[0] != '0' || text.size() == 1;
}

// One underscore between characters is Python's digit separator. Nothing when there is none, or
// when it stands where Python forbids it.
std::optional<std::string> without_underscores(std::string_view text) {
  if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
  if (text.find('_') == text.npos || text.find("__") != text.npos) return std::nullopt;
  std::string kept(text);
  std::erase(kept, '_');
  return kept;
}

// "000" -> "0", "00.0" -> "0.0", "0_01" -> "1"; nothing when no number can follow.
std::optional<std::string_view> without_leading_zeros(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if ((text[0] >= '1' && text[0] <= '9') || text[0] == '-') return text;
  if (text[0] != '0') return std::nullopt;
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == '0' || c == '_') continue;
    if ((c >= '1' && c <= '9') || c == '-') return text.substr(i);
    if (c == '.') return text.substr(i - 1);
    return std::nullopt;
  }
  return text.substr(text.size() - 1);
}

std::string_view without_zero_fraction(std::string_view text) {
  std::size_t dot = text.find('.');
  if (dot == text.npos || dot + 1 == text.size()) return text;
  bool is_zero = all_of(text.substr(dot + 1), [](char c) { return c == '0'; });
  return is_zero ? text.substr(0, dot) : text;
}

std::optional<std::string> cleaned_integer(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  bool negative = text.starts_with('-');
  if (negative) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  }
  auto rest = without_leading_zeros(text);
  if (!rest) return std::nullopt;
  std::string_view whole = without_zero_fraction(*rest);
  auto stripped = without_underscores(whole);
  return (negative ? "-" : "") + (stripped ? *stripped : std::string(whole));
}

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equals_any_case(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower_letter(a) == b; });
}

// Rust's f64::from_str: from_chars without hexadecimal, with a plus sign and "infinity".
std::optional<double> plain_float(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '-' || text[0] == '+') return std::nullopt;
  double value = 0;
  if (equals_any_case(text, "inf") || equals_any_case(text, "infinity")) {
    value = std::numeric_limits<double>::infinity();
  } else if (equals_any_case(text, "nan")) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    if (!is_digit(text[0]) && text[0] != '.') return std::nullopt;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      value = std::strtod(std::string(text).c_str(), nullptr);  // infinite or next to zero
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return negative ? -value : value;
}

// Length in bytes of the white space that the text starts with; 0 when there is none.
std::size_t leading_space(std::string_view text) {
  constexpr std::array<std::string_view, 19> wide{
      "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
      "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
  if (text.empty()) return 0;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
  for (auto space : wide) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t trailing_space(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(3, text.size()); ++size) {
    if (leading_space(text.substr(text.size() - size)) == size) return size;
  }
  return 0;
}

}  // namespace

std::optional<std::string> integer_digits(std::string_view text) {
  if (is_json_integer(text)) return std::string(text);
  auto cleaned = cleaned_integer(text);
  if (!cleaned || !is_json_integer(*cleaned)) return std::nullopt;
  return cleaned;
}

std::optional<double> float_value(std::string_view text) {
  if (auto value = plain_float(trim(text))) return value;
  auto stripped = without_underscores(text);
  return stripped ? plain_float(*stripped) : std::nullopt;
}

std::optional<bool> bool_value(std::string_view text) {
  for (auto word : {"1", "t", "y", "on", "yes", "true"}) {
    if (equals_any_case(text, word)) return true;
  }
  for (auto word : {"0", "f", "n", "no", "off", "false"}) {
    if (equals_any_case(text, word)) return false;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  while (std::size_t size = leading_space(text)) text.remove_prefix(size);
  while (std::size_t size = trailing_space(text)) text.remove_suffix(size);
  return text;
}

}  // namespace plinth::schema
