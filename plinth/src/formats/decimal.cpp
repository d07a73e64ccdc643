#include "formats/decimal.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "formats/unicode.hpp"
#include "json/node.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"

namespace plinth::formats {

namespace {

// Limits of Python's decimal module on 64-bit machines.
constexpr std::int64_t exponent_max = 999'999'999'999'999'999;
constexpr std::int64_t exponent_min = -1'999'999'999'999'999'997;

// digits · 10^exponent; digits without leading zeros, zero as "0".
struct Parts {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;

  bool is_zero() const { return digits == "0"; }
  std::int64_t size() const { return static_cast<std::int64_t>(digits.size()); }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  std::string digits(text.substr(0, size));
  text.remove_prefix(size);
  return digits;
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

// An exponent beyond 64 bits is out of Python's range too.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
  if (!text.starts_with('e') && !text.starts_with('E')) return 0;
  text.remove_prefix(1);
  const bool negative = take_sign(text);
  const auto digits = take_digits(text);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return negative ? -value : value;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  parts.negative = take_sign(text);
  parts.digits = take_digits(text);
  std::string fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  parts.digits += fraction;
  auto exponent = take_exponent(text);
  if (parts.digits.empty() || !exponent || !text.empty()) return std::nullopt;
  parts.digits.erase(0, std::min(parts.digits.find_first_not_of('0'), parts.digits.size() - 1));
  parts.exponent = *exponent - static_cast<std::int64_t>(fraction.size());
  if (parts.exponent < exponent_min || parts.exponent + parts.size() - 1 > exponent_max)
    return std::nullopt;
  return parts;
}

Parts parts_of(const Decimal& value) { return split(value.text).value_or(Parts{false, "0", 0}); }

// Source: General Decimal Arithmetic 1.70, to-scientific-string; Python's str(Decimal).
std::string to_text(const Parts& parts) {
  constexpr std::int64_t plain_min = -6;
  const std::int64_t point = parts.exponent + parts.size();  // of the digits as they stand
  std::string out = parts.negative ? "-" : "";
  if (parts.exponent <= 0 && point > plain_min) {
    if (point <= 0)
      return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + parts.digits;
    const auto whole = static_cast<std::size_t>(point);
    out += parts.digits.substr(0, whole);
    return parts.exponent == 0 ? out : out + "." + parts.digits.substr(whole);
  }
  out += parts.digits[0];
  if (parts.size() > 1) out += "." + parts.digits.substr(1);
  return out + (point > 0 ? "E+" : "E") + std::to_string(point - 1);
}

// ASCII digits for those of other scripts; without "_" and the space around.
std::string to_plain(std::string_view text) {
  const auto code_points = to_code_points(text);
  std::string out;
  for (char32_t c : strip(code_points)) {
    const auto digit = c < 0x80 ? -1 : u_charDigitValue(static_cast<UChar32>(c));
    if (digit >= 0) {
      out += static_cast<char>('0' + digit);
    } else if (c != '_') {
      json::append_utf8(out, c);
    }
  }
  return out;
}

// "nan", "-Infinity", "sNaN123" in any letter case.
bool names_no_finite_number(std::string_view text) {
  take_sign(text);
  std::string lower = to_utf8(to_lower_ascii(to_code_points(text)));
  if (lower == "inf" || lower == "infinity") return true;
  if (lower.starts_with('s')) lower.erase(0, 1);
  return lower.starts_with("nan") && std::ranges::all_of(lower.substr(3), is_digit);
}

Problem not_finite() { return {"finite_number", "Input should be a finite number", {}}; }

void strip_zeros(Parts& parts) {
  while (parts.digits.size() > 1 && parts.digits.ends_with('0')) {
    parts.digits.pop_back();
    ++parts.exponent;
  }
  if (parts.is_zero()) parts.exponent = 0;
}

Problem limit_problem(std::string_view type, std::string_view what, std::string_view key,
                      std::int64_t limit) {
  const auto number = std::to_string(limit);
  std::string message = "Decimal input should have no more than " + number + " ";
  return {type, message.append(what), "{\"" + std::string(key) + "\":" + number + "}"};
}

std::string_view plural(std::string_view one, std::string_view many, std::int64_t count) {
  return count == 1 ? one : many;
}

std::strong_ordering compare_magnitudes(const Parts& left, const Parts& right) {
  if (left.is_zero() || right.is_zero()) return !left.is_zero() <=> !right.is_zero();
  const auto left_top = left.exponent + left.size();
  const auto right_top = right.exponent + right.size();
  if (left_top != right_top) return left_top <=> right_top;
  const auto size = std::max(left.digits.size(), right.digits.size());
  auto pad = [size](std::string digits) { return digits.append(size - digits.size(), '0'); };
  return pad(left.digits) <=> pad(right.digits);
}

}  // namespace

Parsed<Decimal> decimal_from_text(std::string_view text) {
  const auto plain = to_plain(text);
  if (auto parts = split(plain)) return Decimal{to_text(*parts)};
  if (names_no_finite_number(plain)) return not_finite();
  return Problem{"decimal_parsing", "Input should be a valid decimal", {}};
}

Parsed<Decimal> decimal_from_number(double value) {
  if (value != value || value - value != 0) return not_finite();
  std::string text;
  json::append_float(text, value, json::Floats::python);
  return decimal_from_text(text);
}

// Source: pydantic-core 2.41, validators/decimal.rs: counted without trailing zeros.
Problem check_digits(const Decimal& value, std::int32_t max_digits, std::int32_t decimal_places) {
  auto parts = parts_of(value);
  strip_zeros(parts);
  const std::int64_t decimals = parts.exponent < 0 ? -parts.exponent : 0;
  const std::int64_t digits =
      parts.exponent < 0 ? std::max(parts.size(), decimals) : parts.size() + parts.exponent;
  if (max_digits >= 0 && digits > max_digits) {
    return limit_problem("decimal_max_digits",
                         plural("digit in total", "digits in total", max_digits), "max_digits",
                         max_digits);
  }
  if (decimal_places >= 0 && decimals > decimal_places) {
    return limit_problem("decimal_max_places",
                         plural("decimal place", "decimal places", decimal_places),
                         "decimal_places", decimal_places);
  }
  if (max_digits >= 0 && decimal_places >= 0) {
    const std::int64_t whole_max = std::max(0, max_digits - decimal_places);
    if (digits - decimals > whole_max) {
      return limit_problem(
          "decimal_whole_digits",
          plural("digit before the decimal point", "digits before the decimal point", whole_max),
          "whole_digits", whole_max);
    }
  }
  return {};
}

std::strong_ordering compare(const Decimal& left, const Decimal& right) {
  const auto a = parts_of(left);
  const auto b = parts_of(right);
  const bool a_negative = a.negative && !a.is_zero();
  const bool b_negative = b.negative && !b.is_zero();
  if (a_negative != b_negative) return b_negative <=> a_negative;
  return a_negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

bool is_multiple(const Decimal& value, const Decimal& step) {
  auto a = parts_of(value);
  auto b = parts_of(step);
  strip_zeros(a);
  strip_zeros(b);
  if (a.is_zero()) return true;
  std::uint64_t divisor = 0;
  constexpr std::size_t digits_max = 18;  // a remainder times ten must fit 64 bits
  if (b.is_zero() || b.digits.size() > digits_max || a.exponent < b.exponent) return false;
  std::from_chars(b.digits.data(), b.digits.data() + b.digits.size(), divisor);
  std::uint64_t rest = 0;
  for (char c : a.digits) rest = (rest * 10 + static_cast<std::uint64_t>(c - '0')) % divisor;
  // 64 factors of ten hold all twos and fives that a divisor can have; more of them change nothing.
  const auto zeros = std::min<std::int64_t>(a.exponent - b.exponent, 64);
  for (std::int64_t i = 0; i < zeros; ++i) rest = rest * 10 % divisor;
  return rest == 0;
}

std::string decimal_as_number(const Decimal& value) {
  constexpr std::int64_t integer_digits_max = 4300;  // as many as Python writes
  const auto parts = parts_of(value);
  if (parts.exponent >= 0 && parts.size() + parts.exponent <= integer_digits_max) {
    const auto zeros = parts.is_zero() ? 0 : static_cast<std::size_t>(parts.exponent);
    return (parts.negative && !parts.is_zero() ? "-" : "") + parts.digits + std::string(zeros, '0');
  }
  std::string out;
  json::Writer writer(out);
  const auto literal =
      (parts.negative ? "-" : "") + parts.digits + "e" + std::to_string(parts.exponent);
  writer.number(json::Node::borrow_number(literal).number());
  return out;
}

}  // namespace plinth::formats
