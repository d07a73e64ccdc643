#include "tasks/python_text.hpp"

#include <cmath>
#include <string>

#include "json/scan.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"
#include "schema/python_text.hpp"

namespace plinth::tasks {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_hex4(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[unit >> shift & 0xF];
}

void append_escaped(std::string& out, std::uint32_t code_point) {
  switch (code_point) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  if (code_point < 0x10000) return append_hex4(out, code_point);
  append_hex4(out, 0xD800 + ((code_point - 0x10000) >> 10));
  append_hex4(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

bool stands_as_it_is(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

// Of UTF-8, lone surrogates included.
void append_unusual(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    while (i < text.size() && stands_as_it_is(text[i])) ++i;
    out.append(text, start, i - start);
    if (i < text.size()) append_escaped(out, json::next_code_point(text, i));
  }
  out += '"';
}

void append_float(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    json::append_float(out, value, json::Floats::python);
  }
}

// Of a text that JSON's reader has checked.
void append_checked(std::string& out, std::string_view text) {
  constexpr char del = 0x7F;
  if (!json::is_plain(text) || text.find(del) != text.npos) return append_unusual(out, text);
  out += '"';
  out += text;
  out += '"';
}

void append_items(std::string& out, const json::Node& array) {
  out += '[';
  bool first = true;
  for (const auto& item : array.items()) {
    if (!first) out += ", ";
    first = false;
    append_python_json(out, item);
  }
  out += ']';
}

void append_members(std::string& out, const json::Node& object) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object.members()) {
    if (!first) out += ", ";
    first = false;
    append_checked(out, key.string());
    out += ": ";
    append_python_json(out, value);
  }
  out += '}';
}

}  // namespace

void append_python_string(std::string& out, std::string_view text) {
  if (json::is_utf8(text)) return append_checked(out, text);
  append_unusual(out, json::repair_utf8(text));
}

void append_python_json(std::string& out, const json::Node& value) {
  switch (value.kind()) {
    case json::Kind::null:
      out += "null";
      return;
    case json::Kind::boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case json::Kind::integer:
      out += std::to_string(value.integer());
      return;
    case json::Kind::big_integer:
      out += value.literal();
      return;
    case json::Kind::number:
      return append_float(out, value.number());
    case json::Kind::string:
      return append_checked(out, value.string());
    case json::Kind::array:
      return append_items(out, value);
    case json::Kind::object:
      return append_members(out, value);
  }
}

void append_python_json(std::string& out, const Json& value) {
  json::Document document;
  append_python_json(out, document.make(value));
}

std::string python_json(std::string_view text) {
  json::Document document;
  json::Error error;
  if (!document.parse(text, error)) throw JsonError(error.message, error.position);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  append_python_json(out, document.root());
  return out;
}

std::string exception_repr(std::string_view type, const json::Node& arguments) {
  std::string out(type);
  out += '(';
  auto add = [&out](const json::Node& value) {
    out += value.is_string() ? schema::python_repr(value.string()) : schema::python_str(value);
  };
  if (arguments.is_array()) {
    bool first = true;
    for (const auto& argument : arguments.items()) {
      if (!first) out += ", ";
      first = false;
      add(argument);
    }
  } else if (!arguments.is_null()) {
    add(arguments);
  }
  out += ')';
  return out;
}

std::string text_of(const json::Node* node) {
  return node != nullptr && node->is_string() ? json::repair_utf8(node->string()) : std::string();
}

}  // namespace plinth::tasks
