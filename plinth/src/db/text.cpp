#include "db/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "plinth/session.hpp"

namespace plinth::db {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The end of what begins at `at`, behind its closing `quote`; a doubled quote goes on.
std::size_t end_of_quoted(std::string_view sql, std::size_t at, char quote) {
  // PostgreSQL's E'…' takes a backslash as an escape.
  const bool escapes = quote == '\'' && at > 0 && (sql[at - 1] == 'E' || sql[at - 1] == 'e') &&
                       (at == 1 || !is_word(sql[at - 2]));
  std::size_t i = at + 1;
  while (i < sql.size()) {
    if (escapes && sql[i] == '\\') {
      i += 2;
    } else if (sql[i] != quote) {
      ++i;
    } else if (i + 1 < sql.size() && sql[i + 1] == quote) {
      i += 2;
    } else {
      return i + 1;
    }
  }
  return sql.size();
}

// PostgreSQL's comments nest. In SQLite a nested one would end early; then the rest is an error of
// its own.
std::size_t end_of_comment(std::string_view sql, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i + 1 < sql.size(); ++i) {
    if (sql[i] == '/' && sql[i + 1] == '*') {
      ++depth;
      ++i;
    } else if (sql[i] == '*' && sql[i + 1] == '/') {
      ++i;
      if (--depth == 0) return i + 1;
    }
  }
  return sql.size();
}

std::size_t or_end(std::string_view sql, std::size_t found, std::size_t size) {
  return found == std::string_view::npos ? sql.size() : found + size;
}

// $$ … $$ and $tag$ … $tag$; `at` itself when this is no such literal.
std::size_t end_of_dollars(std::string_view sql, std::size_t at) {
  if (at > 0 && is_word(sql[at - 1])) return at;
  std::size_t i = at + 1;
  while (i < sql.size() && is_word(sql[i])) ++i;
  if (i == sql.size() || sql[i] != '$') return at;
  if (i > at + 1 && sql[at + 1] >= '0' && sql[at + 1] <= '9') return at;
  const auto tag = sql.substr(at, i + 1 - at);
  return or_end(sql, sql.find(tag, i + 1), tag.size());
}

// Behind the literal, name or comment that begins at `at`; `at` when none does.
std::size_t skip_opaque(std::string_view sql, std::size_t at) {
  const char next = at + 1 < sql.size() ? sql[at + 1] : '\0';
  switch (sql[at]) {
    case '\'':
    case '"':
    case '`':
      return end_of_quoted(sql, at, sql[at]);
    case '-':
      return next == '-' ? or_end(sql, sql.find('\n', at), 1) : at;
    case '/':
      return next == '*' ? end_of_comment(sql, at) : at;
    case '$':
      return end_of_dollars(sql, at);
    default:
      return at;
  }
}

}  // namespace

namespace {

// The next word in lower case, behind white space and comments; `at` moves behind it.
std::string next_word(std::string_view sql, std::size_t& at) {
  while (at < sql.size()) {
    if (sql[at] == ' ' || sql[at] == '\t' || sql[at] == '\n' || sql[at] == '\r') {
      ++at;
    } else if (const auto end = sql[at] == '-' || sql[at] == '/' ? skip_opaque(sql, at) : at;
               end != at) {
      at = end;
    } else {
      break;
    }
  }
  std::string word;
  for (; at < sql.size() && is_word(sql[at]); ++at) {
    word += static_cast<char>(sql[at] >= 'A' && sql[at] <= 'Z' ? sql[at] - 'A' + 'a' : sql[at]);
  }
  return word;
}

}  // namespace

void refuse_control(std::string_view sql) {
  constexpr std::array<std::string_view, 15> refused{
      "begin", "start",   "commit", "end",      "rollback", "abort",      "savepoint", "release",
      "reset", "discard", "listen", "unlisten", "copy",     "deallocate", "prepare"};
  std::size_t at = 0;
  const auto word = next_word(sql, at);
  const auto second = word == "set" ? next_word(sql, at) : std::string();
  const bool sets = word == "set" && second != "local" && second != "constraints";
  if (!sets && std::find(refused.begin(), refused.end(), word) == refused.end()) {
    return;
  }
  throw ProgrammingError(
      "transactions and settings of the connection are the engine's business: use the session's "
      "begin, commit, rollback and begin_nested, and SET LOCAL; in: " +
      std::string(sql));
}

std::vector<TextPart> split_parameters(std::string_view sql) {
  std::vector<TextPart> parts;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < sql.size()) {
    if (auto end = skip_opaque(sql, at); end != at) {
      at = end;
    } else if (sql[at] != '?') {
      ++at;
    } else if (at + 1 < sql.size() && sql[at + 1] == '?') {
      parts.push_back({sql.substr(begin, at + 1 - begin), false});
      at += 2;
      begin = at;
    } else {
      parts.push_back({sql.substr(begin, at - begin), true});
      begin = ++at;
    }
  }
  if (begin < sql.size()) parts.push_back({sql.substr(begin), false});
  return parts;
}

}  // namespace plinth::db
