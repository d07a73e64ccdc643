#include "migrate/tokens.hpp"

#include <algorithm>

namespace plinth::migrate {

namespace {

using TokenKind = SqlToken::Kind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> run() {
    while (at_ < sql_.size()) {
      if (!skip_blank()) next();
    }
    return std::move(found_);
  }

 private:
  bool has(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

  bool skip_blank() {
    if (is_space(sql_[at_])) {
      ++at_;
    } else if (has("--")) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
    } else if (has("/*")) {
      const auto end = sql_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? sql_.size() : end + 2;
    } else {
      return false;
    }
    return true;
  }

  void next() {
    const char c = sql_[at_];
    if (c == '\'') return quoted('\'', TokenKind::text);
    if (c == '"' || c == '`') return quoted(c, TokenKind::name);
    if (c == '[' && closes_bracket()) return quoted(']', TokenKind::name);
    if (c == '$' && dollar_text()) return;
    if (is_digit(c))
      return run_of(TokenKind::number, [](char d) { return is_digit(d) || d == '.'; });
    if (is_letter(c)) {
      return run_of(TokenKind::word,
                    [](char d) { return is_letter(d) || is_digit(d) || d == '$'; });
    }
    add(TokenKind::symbol, std::string(1, c), at_ + 1);
  }

  template <class Part>
  void run_of(TokenKind kind, Part part) {
    auto end = at_;
    while (end < sql_.size() && part(sql_[end])) ++end;
    const auto text = sql_.substr(at_, end - at_);
    add(kind, kind == TokenKind::word ? upper(text) : std::string(text), end);
  }

  // [name] of SQLite, not the subscript of an array.
  bool closes_bracket() const {
    return at_ + 1 < sql_.size() && is_letter(sql_[at_ + 1]) &&
           (found_.empty() || found_.back().kind == TokenKind::symbol);
  }

  void quoted(char close, TokenKind kind) {
    std::string value;
    auto end = at_ + 1;
    for (; end < sql_.size(); ++end) {
      if (sql_[end] == close) {
        if (close == ']' || end + 1 == sql_.size() || sql_[end + 1] != close) break;
        ++end;
      }
      value += sql_[end];
    }
    add(kind, std::move(value), std::min(end + 1, sql_.size()));
  }

  bool dollar_text() {
    const auto second = sql_.find('$', at_ + 1);
    if (second == std::string_view::npos) return false;
    const auto tag = sql_.substr(at_, second - at_ + 1);
    if (tag.size() > 2 && !is_letter(tag[1])) return false;
    const auto end = sql_.find(tag, second + 1);
    if (end == std::string_view::npos) return false;
    add(TokenKind::text, std::string(sql_.substr(second + 1, end - second - 1)), end + tag.size());
    return true;
  }

  void add(TokenKind kind, std::string value, std::size_t end) {
    found_.push_back({kind, std::move(value), at_, end});
    at_ = end;
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::vector<SqlToken> found_;
};

bool words_at(const std::vector<SqlToken>& tokens, std::size_t at,
              std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (at == tokens.size() || !tokens[at].is(word)) return false;
    ++at;
  }
  return true;
}

}  // namespace

std::vector<SqlToken> tokens_of(std::string_view sql) { return Scanner(sql).run(); }

std::size_t closing(const std::vector<SqlToken>& tokens, std::size_t open) {
  std::size_t depth = 0;
  for (auto at = open; at < tokens.size(); ++at) {
    if (tokens[at].is('(')) ++depth;
    if (tokens[at].is(')') && --depth == 0) return at;
  }
  return tokens.size();
}

bool has_words(const std::vector<SqlToken>& tokens, std::initializer_list<std::string_view> words) {
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (words_at(tokens, at, words)) return true;
  }
  return false;
}

bool starts_with(const std::vector<SqlToken>& tokens,
                 std::initializer_list<std::string_view> words) {
  return words_at(tokens, 0, words);
}

bool mentions(std::string_view sql, std::string_view name) {
  for (const auto& token : tokens_of(sql)) {
    if (token.kind != TokenKind::word && token.kind != TokenKind::name) continue;
    if (same_name(token.value, name)) return true;
  }
  return false;
}

std::string upper(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return folded;
}

bool same_name(std::string_view left, std::string_view right) {
  return upper(left) == upper(right);
}

}  // namespace plinth::migrate
