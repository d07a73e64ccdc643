#include "settings/dotenv.hpp"

#include <algorithm>
#include <utility>

namespace plinth::settings {

namespace {

constexpr std::string_view blanks = " \t\v\f";
constexpr std::string_view white_space = " \t\v\f\r\n";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return white_space.find(c) != std::string_view::npos; }

std::string unescape(std::string_view text, std::string_view escapes) {
  constexpr std::string_view letters = "abfnrtv";
  constexpr std::string_view controls = "\a\b\f\n\r\t\v";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escaped = text[i] == '\\' && i + 1 < text.size() &&
                   escapes.find(text[i + 1]) != std::string_view::npos;
    if (escaped) ++i;
    auto letter = escaped ? letters.find(text[i]) : std::string_view::npos;
    out += letter == std::string_view::npos ? text[i] : controls[letter];
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, const Environment& environment)
      : text_(text), environment_(environment) {
    if (text_.starts_with("\xEF\xBB\xBF")) next_ = 3;
  }

  Dotenv run() {
    for (;;) {
      skip([](char c) { return is_space(c); });
      if (at_end()) return std::move(out_);
      auto start = next_;
      if (!binding()) {
        out_.unreadable_lines.push_back(line_of(start));
        // A quote that is never closed may have swallowed lines: only the first is lost.
        next_ = start;
        skip([](char c) { return !is_line_end(c); });
      }
    }
  }

 private:
  bool at_end() const { return next_ == text_.size(); }
  bool at(char c) const { return !at_end() && text_[next_] == c; }

  template <class Predicate>
  std::string_view skip(Predicate wanted) {
    auto start = next_;
    while (!at_end() && wanted(text_[next_])) ++next_;
    return text_.substr(start, next_ - start);
  }

  int line_of(std::size_t position) const {
    auto before = text_.substr(0, position);
    auto lines = std::ranges::count(before, '\n');
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n')) ++lines;
    }
    return static_cast<int>(lines) + 1;
  }

  bool binding() {
    if (at('#')) return rest_is_comment();
    skip_export();
    Binding found;
    if (!name(found.name)) return false;
    skip(is_blank);
    if (at('=')) {
      ++next_;
      bool spaced = !skip(is_blank).empty();
      if (!value(found.value.emplace(), spaced)) return false;
    }
    skip(is_blank);
    if (!rest_is_comment()) return false;
    out_.bindings.push_back(std::move(found));
    return true;
  }

  void skip_export() {
    constexpr std::string_view word = "export";
    auto rest = text_.substr(next_);
    if (rest.starts_with(word) && rest.size() > word.size() && is_blank(rest[word.size()])) {
      next_ += word.size();
      skip(is_blank);
    }
  }

  // Up to the end of the line; false when there is anything but a comment.
  bool rest_is_comment() {
    if (at('#')) skip([](char c) { return !is_line_end(c); });
    return at_end() || is_line_end(text_[next_]);
  }

  bool name(std::string& out) {
    if (at('\'')) {
      ++next_;
      out = skip([](char c) { return c != '\''; });
      if (at_end()) return false;
      ++next_;
    } else {
      out = skip([](char c) { return c != '=' && c != '#' && !is_space(c); });
    }
    return !out.empty();
  }

  bool value(std::string& out, bool spaced) {
    if (at('\'') || at('"')) {
      char quote = text_[next_];
      std::string_view raw;
      if (!quoted(raw)) return false;
      out = quote == '"' ? interpolate(unescape(raw, "\\'\"abfnrtv")) : unescape(raw, "\\'");
      return true;
    }
    auto line = skip([](char c) { return !is_line_end(c); });
    out = interpolate(std::string(without_comment(line, spaced)));
    return true;
  }

  // Between quotes. Where no quote closes it, the last escaped one does: 'C:\dir\'.
  bool quoted(std::string_view& out) {
    char quote = text_[next_];
    auto start = next_ + 1;
    auto end = std::string_view::npos;
    auto i = start;
    while (i < text_.size() && text_[i] != quote) {
      bool pair = text_[i] == '\\' && i + 1 < text_.size();
      if (pair && text_[i + 1] == quote) end = i + 1;
      i += pair ? 2 : 1;
    }
    if (i < text_.size()) end = i;
    if (end == std::string_view::npos) return false;
    out = text_.substr(start, end - start);
    next_ = end + 1;
    return true;
  }

  // A comment starts at a '#' after white space.
  static std::string_view without_comment(std::string_view line, bool spaced) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '#' && (i == 0 ? spaced : is_blank(line[i - 1]))) {
        line = line.substr(0, i);
        break;
      }
    }
    auto last = line.find_last_not_of(white_space);
    return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
  }

  // ${NAME} and ${NAME:-default}; anything else stays.
  std::string interpolate(const std::string& text) const {
    std::string out;
    std::size_t done = 0;
    for (;;) {
      auto start = text.find("${", done);
      auto end = start == std::string::npos ? start : text.find('}', start);
      if (end == std::string::npos) return out + text.substr(done);
      auto inner = std::string_view(text).substr(start + 2, end - start - 2);
      auto colon = inner.find(':');
      bool has_default = colon != std::string_view::npos && inner.substr(colon).starts_with(":-");
      if (colon != std::string_view::npos && !has_default) {
        out += text.substr(done, start + 2 - done);
        done = start + 2;
        continue;
      }
      out += text.substr(done, start - done);
      auto fallback = has_default ? inner.substr(colon + 2) : std::string_view();
      out += lookup(inner.substr(0, colon)).value_or(std::string(fallback));
      done = end + 1;
    }
  }

  std::optional<std::string> lookup(std::string_view name) const {
    for (auto i = out_.bindings.rbegin(); i != out_.bindings.rend(); ++i) {
      if (i->name == name) return i->value.value_or("");
    }
    return environment_(name);
  }

  std::string_view text_;
  const Environment& environment_;
  std::size_t next_ = 0;
  Dotenv out_;
};

}  // namespace

Dotenv parse_dotenv(std::string_view text, const Environment& environment) {
  return Parser(text, environment).run();
}

}  // namespace plinth::settings
