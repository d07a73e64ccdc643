#include "db/sql_text.hpp"

#include <algorithm>

#include "plinth/detail/statement.hpp"

namespace plinth::db {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) { return begins_word(c) || is_digit(c) || c == '$'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// After white space and comments.
std::size_t skip_blank(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    if (is_space(sql[at])) {
      ++at;
    } else if (sql.substr(at).starts_with("--")) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at).starts_with("/*")) {
      const auto end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

// A doubled quote stands for itself.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
  const char close = sql[at] == '[' ? ']' : sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != close) continue;
    if (close == ']' || at + 1 == sql.size() || sql[at + 1] != close) return at + 1;
    ++at;
  }
  return sql.size();
}

template <class Accepts>
std::size_t end_while(std::string_view sql, std::size_t at, Accepts accepts) {
  while (at < sql.size() && accepts(sql[at])) ++at;
  return at;
}

// "::", "||", "<>", "<=", ">=", "!=", "==", "->>", "->" are one symbol.
std::size_t end_of_symbol(std::string_view sql, std::size_t at) {
  constexpr std::string_view pairs[] = {"->>", "::", "||", "<>", "<=", ">=", "!=", "==", "->"};
  for (auto pair : pairs) {
    if (sql.substr(at).starts_with(pair)) return at + pair.size();
  }
  return at + 1;
}

int depth_change(const SqlToken& token) {
  if (token.kind != SqlToken::Kind::symbol) return 0;
  if (token.text == "(" || token.text == "[") return 1;
  return token.text == ")" || token.text == "]" ? -1 : 0;
}

// Whether the first token is a bracket that the last one closes.
bool is_wrapped(const std::vector<SqlToken>& tokens) {
  if (tokens.size() < 2 || tokens.front().text != "(" || tokens.back().text != ")") return false;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    depth += depth_change(tokens[i]);
    if (depth == 0) return false;
  }
  return true;
}

}  // namespace

bool SqlToken::is(std::string_view word) const {
  if (kind != Kind::word || text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != word[i]) return false;
  }
  return true;
}

std::string SqlToken::name() const {
  if (kind != Kind::quoted_name && kind != Kind::string) return std::string(text);
  std::string name;
  const char close = text.back();
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == close && close != ']') ++i;
  }
  return name;
}

std::vector<SqlToken> tokens_of(std::string_view sql) {
  std::vector<SqlToken> tokens;
  for (auto at = skip_blank(sql, 0); at < sql.size(); at = skip_blank(sql, at)) {
    const char c = sql[at];
    auto kind = SqlToken::Kind::symbol;
    std::size_t end = at;
    const bool opens_array = c == '[' && !tokens.empty() && tokens.back().is("array");
    if (c == '\'') {
      kind = SqlToken::Kind::string;
      end = end_of_quoted(sql, at);
    } else if (c == '"' || c == '`' ||
               (c == '[' && !opens_array && at + 1 < sql.size() && begins_word(sql[at + 1]))) {
      kind = SqlToken::Kind::quoted_name;
      end = end_of_quoted(sql, at);
    } else if (begins_word(c)) {
      kind = SqlToken::Kind::word;
      end = end_while(sql, at, continues_word);
    } else if (is_digit(c)) {
      kind = SqlToken::Kind::number;
      end = end_while(sql, at, [](char next) { return continues_word(next) || next == '.'; });
    } else {
      end = end_of_symbol(sql, at);
    }
    tokens.push_back({.kind = kind, .text = sql.substr(at, end - at), .at = at});
    at = end;
  }
  return tokens;
}

std::vector<std::string> split_list(std::string_view sql) {
  std::vector<std::string> parts;
  int depth = 0;
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
  auto finish = [&] {
    if (begin != std::string_view::npos) parts.emplace_back(sql.substr(begin, end - begin));
    begin = std::string_view::npos;
  };
  for (const auto& token : tokens_of(sql)) {
    if (depth == 0 && token.text == ",") {
      finish();
      continue;
    }
    depth += depth_change(token);
    if (begin == std::string_view::npos) begin = token.at;
    end = token.at + token.text.size();
  }
  finish();
  return parts;
}

bool is_one_name(std::string_view sql) {
  const auto tokens = tokens_of(sql);
  return tokens.size() == 1 && tokens.front().is_name();
}

std::string normalized(std::string_view sql) {
  auto tokens = tokens_of(sql);
  while (is_wrapped(tokens)) tokens = {tokens.begin() + 1, tokens.end() - 1};
  std::string text;
  for (const auto& token : tokens) {
    if (!text.empty()) text += ' ';
    if (token.kind == SqlToken::Kind::quoted_name) {
      append_quoted(text, token.name());
    } else if (token.kind == SqlToken::Kind::word) {
      for (char c : token.text) text += lower(c);
    } else {
      text += token.text;
    }
  }
  return text;
}

}  // namespace plinth::db
