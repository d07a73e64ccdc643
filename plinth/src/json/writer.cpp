#include "json/writer.hpp"

#include <charconv>
#include <cmath>

#include "json/scan.hpp"
#include "json/utf8.hpp"

namespace plinth::json {

namespace {

constexpr std::size_t integer_chars_max = 20;

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) seen |= load_word(text.data() + i);
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & high_bits) == 0;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[c & 0xF];
  }
}

// The shortest digits that read back as a value: 0.d1d2d3… times ten to the power of `point`.
struct Digits {
  char text[20];
  std::size_t size = 0;
  int point = 0;
};

Digits shortest_digits(double magnitude) {
  char buffer[32];
  auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific);
  Digits digits;
  const char* p = buffer;
  for (; *p != 'e'; ++p) {
    if (*p != '.') digits.text[digits.size++] = *p;
  }
  ++p;
  if (*p == '+') ++p;
  std::from_chars(p, end, digits.point);
  ++digits.point;
  return digits;
}

void append_exponent(std::string& out, int exponent, Floats floats) {
  out += 'e';
  if (exponent < 0) out += '-';
  if (exponent > 0 && floats == Floats::python) out += '+';
  exponent = std::abs(exponent);
  if (exponent < 10 && floats == Floats::python) out += '0';
  char buffer[8];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, exponent).ptr);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  if (!is_ascii(text) && !is_utf8(text)) {
    append_quoted(out, repair_utf8(text));
    return;
  }
  const char* p = text.data();
  const char* end = p + text.size();
  out += '"';
  while (true) {
    const char* special = find_special(p, end);
    out.append(p, special);
    if (special == end) break;
    append_escape(out, *special);
    p = special + 1;
  }
  out += '"';
}

// Plain notation within these bounds, else scientific.
// Source: CPython 3.13, float_repr_style "short" (exponent below -4 or above 15); ryu 1.0,
// pretty::format64.
void append_float(std::string& out, double value, Floats floats) {
  constexpr int point_max = 16;
  const int point_min = floats == Floats::python ? -3 : -4;

  if (std::signbit(value)) out += '-';
  value = std::abs(value);
  if (value < 1e15 && value == std::floor(value)) {
    char buffer[integer_chars_max];
    auto whole = static_cast<std::int64_t>(value);
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, whole).ptr);
    out += ".0";
    return;
  }
  const auto digits = shortest_digits(value);
  const std::string_view text(digits.text, digits.size);
  if (digits.point < point_min || digits.point > point_max) {
    out += text[0];
    if (text.size() > 1) {
      out += '.';
      out += text.substr(1);
    }
    append_exponent(out, digits.point - 1, floats);
  } else if (digits.point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-digits.point), '0');
    out += text;
  } else {
    auto point = static_cast<std::size_t>(digits.point);
    out += text.substr(0, point);
    if (point > text.size()) out.append(point - text.size(), '0');
    out += '.';
    out += point < text.size() ? text.substr(point) : "0";
  }
}

void Writer::integer(std::int64_t value) {
  char buffer[integer_chars_max];
  raw({buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr});
}

void Writer::unsigned_integer(std::uint64_t value) {
  char buffer[integer_chars_max];
  raw({buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr});
}

void Writer::number(double value) {
  if (std::isfinite(value)) {
    separate();
    append_float(out_, value, floats_);
    comma_ = true;
  } else if (non_finite_ == NonFinite::null) {
    null();
  } else {
    raw(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
  }
}

void Writer::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
  comma_ = true;
}

void Writer::value(const Node& node) {
  switch (node.kind()) {
    case Kind::null:
      return null();
    case Kind::boolean:
      return boolean(node.boolean());
    case Kind::integer:
      return integer(node.integer());
    case Kind::big_integer:
      return raw(node.literal());
    case Kind::number:
      return number(node.number());
    case Kind::string:
      return string(node.string());
    case Kind::array:
      begin_array();
      for (const auto& item : node.items()) value(item);
      return end_array();
    case Kind::object:
      begin_object();
      for (const auto& member : node.members()) {
        key(member.key.string());
        value(member.value);
      }
      return end_object();
  }
}

void Writer::value(const Json& json) {
  switch (json.kind()) {
    case Kind::null:
      return null();
    case Kind::boolean:
      return boolean(json.boolean());
    case Kind::integer:
      return integer(json.integer());
    case Kind::big_integer:
      return raw(json.digits());
    case Kind::number:
      return number(json.number());
    case Kind::string:
      return string(json.str());
    case Kind::array:
      begin_array();
      for (const auto& item : json.items()) value(item);
      return end_array();
    case Kind::object:
      begin_object();
      for (const auto& [name, item] : json.members()) {
        key(name);
        value(item);
      }
      return end_object();
  }
}

}  // namespace plinth::json
