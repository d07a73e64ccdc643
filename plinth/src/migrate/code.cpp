#include "migrate/code.hpp"

#include <utility>

namespace plinth::migrate {

namespace {

constexpr std::size_t limit = 100;

std::string flat(const Code& code) {
  auto text = code.head;
  for (std::size_t i = 0; i < code.parts.size(); ++i) {
    if (i > 0) text += ", ";
    text += flat(code.parts[i]);
  }
  return text + code.tail;
}

// A literal that is too long, as several below one another.
std::string broken(const std::string& text, std::size_t column, std::size_t after) {
  const auto quote = text.find('"');
  if (quote == std::string::npos || column + text.size() + after <= limit) return text;
  const auto inner = column + quote;
  std::string lines = text.substr(0, quote);
  for (auto at = quote + 1; at < text.size();) {
    auto end = text.size();
    if (inner + 1 + (end - at) + after > limit) {
      // Room for the quotes; the space stays with what is before it.
      const auto room = limit > inner + 2 ? limit - inner - 2 : 1;
      auto space = text.rfind(' ', at + room - 1);
      if (space == std::string::npos || space < at) space = text.find(' ', at);
      end = space == std::string::npos || space + 2 >= text.size() ? text.size() : space + 1;
    }
    if (at > quote + 1) lines += "\n" + std::string(inner, ' ');
    lines += "\"" + text.substr(at, end - at) + (end < text.size() ? "\"" : "");
    at = end;
  }
  return lines;
}

}  // namespace

Code call(std::string name, std::vector<Code> parts) {
  return {.head = std::move(name) + "(", .parts = std::move(parts), .tail = ")"};
}

Code braces(std::vector<Code> parts) {
  return {.head = "{", .parts = std::move(parts), .tail = "}"};
}

Code literal(std::string_view text) {
  std::string made = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    if (c == '\n') {
      made += "\\n";
    } else if (c == '\t') {
      made += "\\t";
    } else if (c == '\r') {
      made += "\\r";
    } else {
      made += c;
    }
  }
  return {.head = made + "\""};
}

Code member(const std::string& name, Code value) {
  value.head = "." + name + " = " + value.head;
  return value;
}

std::string written(const Code& code, std::size_t column, std::size_t after) {
  if (code.parts.empty()) return broken(code.head, column, after) + code.tail;
  auto whole = flat(code);
  if (column + whole.size() + after <= limit) return whole;
  auto text = code.head;
  const auto inner = column + code.head.size();
  auto at = inner;
  for (std::size_t i = 0; i < code.parts.size(); ++i) {
    const bool last = i + 1 == code.parts.size();
    const auto following = last ? code.tail.size() + after : 1;
    const auto width = flat(code.parts[i]).size();
    if (i > 0 && at + 1 + width + following > limit) {
      text += "\n" + std::string(inner, ' ');
      at = inner;
    } else if (i > 0) {
      text += ' ';
      ++at;
    }
    const auto part = written(code.parts[i], at, following);
    text += part;
    const auto line = part.rfind('\n');
    at = line == std::string::npos ? at + part.size() : part.size() - line - 1;
    if (!last) {
      text += ',';
      ++at;
    }
  }
  return text + code.tail;
}

std::string written_as_list(const Code& code, std::size_t column) {
  const auto inner = column + code.head.size();
  auto text = code.head;
  for (std::size_t i = 0; i < code.parts.size(); ++i) {
    const bool last = i + 1 == code.parts.size();
    if (i > 0) text += "\n" + std::string(inner, ' ');
    text += written(code.parts[i], inner, last ? code.tail.size() + 1 : 1);
    if (!last) text += i == 0 ? ",  //" : ",";
  }
  return text + code.tail;
}

}  // namespace plinth::migrate
