#include "json/writer.hpp"

#include <charconv>
#include <cmath>

#include "json/scan.hpp"
#include "json/utf8.hpp"

namespace plinth::json {

namespace {

constexpr std::size_t integer_chars_max = 20;

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
  out += exponent < 0 ? '-' : '+';
  exponent = std::abs(exponent);
  if (exponent < 10 && floats == Floats::python) out += '0';
  char buffer[8];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, exponent).ptr);
}

// Escapes, or bytes to repair.
void append_unusual(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return append_unusual(out, repair_utf8(text));
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

// Most floats have few digits: one that is a whole number of millionths reads back from at most 15
// digits, and of those only one decimal can be nearest. Between the bounds both styles use plain
// notation.
bool append_short_float(std::string& out, double magnitude) {
  constexpr double scale = 1e6;
  if (!(magnitude < 1e9) || magnitude < 1e-3) return false;
  const auto millionths = static_cast<std::int64_t>(magnitude * scale + 0.5);
  if (static_cast<double>(millionths) / scale != magnitude) return false;
  char buffer[24];
  char* p = std::to_chars(buffer, buffer + sizeof buffer, millionths / 1'000'000).ptr;
  *p++ = '.';
  auto fraction = millionths % 1'000'000;
  for (int i = 5; i >= 0; --i, fraction /= 10) p[i] = static_cast<char>('0' + fraction % 10);
  char* end = p + 6;
  while (end - p > 1 && end[-1] == '0') --end;
  out.append(buffer, end);
  return true;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  if (!is_plain(text)) return append_unusual(out, text);
  const auto start = out.size();
  out.resize(start + text.size() + 2);
  char* p = out.data() + start;
  *p++ = '"';
  text.copy(p, text.size());
  p[text.size()] = '"';
}

// Plain notation within these bounds, else scientific.
// Source: CPython 3.13, float_repr_style "short" (exponent below -4 or above 15);
// pydantic 2.13, dump_json.
void append_float(std::string& out, double value, Floats floats) {
  constexpr int point_max = 16;
  const int point_min = floats == Floats::python ? -3 : -4;

  if (std::signbit(value)) out += '-';
  value = std::abs(value);
  if (append_short_float(out, value)) return;
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
