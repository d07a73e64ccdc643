#include "db/statement_span.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "db/sql_text.hpp"
#include "plinth/session.hpp"

namespace plinth::db {
namespace {

using Tokens = std::vector<SqlToken>;

std::string upper_word(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

bool is_literal(const SqlToken& token) {
  return token.kind == SqlToken::Kind::string || token.kind == SqlToken::Kind::number;
}

// "$1" and "$$text$$" begin alike.
bool is_placeholder(const Tokens& tokens, std::size_t i) {
  return tokens[i].text == "$" && i + 1 < tokens.size() &&
         tokens[i + 1].kind == SqlToken::Kind::number && tokens[i + 1].at == tokens[i].at + 1;
}

// Where the strings of PostgreSQL that are not standard begin, one cannot be sure of the end.
bool is_doubtful(const Tokens& tokens, std::size_t i) {
  const auto& token = tokens[i];
  if (token.text == "$") return !is_placeholder(tokens, i);
  return token.kind == SqlToken::Kind::string && token.text.find('\\') != std::string_view::npos;
}

std::string without_values(const Tokens& tokens) {
  std::string text;
  std::size_t end = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    if (i > 0 && token.at > end) text += ' ';
    end = token.at + token.text.size();
    if (is_doubtful(tokens, i)) return text + "...";
    const bool numbers_placeholder = i > 0 && is_placeholder(tokens, i - 1);
    if (is_literal(token) && !numbers_placeholder) {
      text += '?';
    } else {
      text += token.text;
    }
  }
  return text;
}

std::size_t verb_of(const Tokens& tokens) {
  if (tokens.empty() || !tokens.front().is("with")) return 0;
  int depth = 0;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].text == "(") ++depth;
    if (tokens[i].text == ")") --depth;
    constexpr std::array verbs{"select", "insert", "update", "delete"};
    const auto is_it = [&](std::string_view verb) { return tokens[i].is(verb); };
    if (depth == 0 && std::any_of(verbs.begin(), verbs.end(), is_it)) return i;
  }
  return 0;
}

std::string name_at(const Tokens& tokens, std::size_t i) {
  if (i < tokens.size() && tokens[i].is("only")) ++i;
  if (i >= tokens.size() || !tokens[i].is_name()) return {};
  auto name = tokens[i].name();
  if (i + 2 < tokens.size() && tokens[i + 1].text == "." && tokens[i + 2].is_name()) {
    name += "." + tokens[i + 2].name();
  }
  return name;
}

std::string collection_of(const Tokens& tokens, std::size_t verb) {
  if (verb >= tokens.size()) return {};
  if (tokens[verb].is("update")) return name_at(tokens, verb + 1);
  const auto* before = tokens[verb].is("insert") ? "into" : "from";
  if (!tokens[verb].is("insert") && !tokens[verb].is("select") && !tokens[verb].is("delete")) {
    return {};
  }
  int depth = 0;
  for (std::size_t i = verb + 1; i < tokens.size(); ++i) {
    if (tokens[i].text == "(") ++depth;
    if (tokens[i].text == ")") --depth;
    if (depth == 0 && tokens[i].is(before)) return name_at(tokens, i + 1);
  }
  return {};
}

base::Span make_span(base::Trail& trail, Dialect dialect, std::string_view sql,
                     std::int64_t started_ns, std::int64_t ended_ns) {
  const auto shape = shape_of(sql);
  const std::string system = dialect == Dialect::sqlite ? "sqlite" : "postgresql";
  auto name = shape.operation.empty() ? system : shape.operation;
  if (!shape.collection.empty()) name += " " + shape.collection;
  base::Span span(trail, name, base::SpanKind::client, true);
  span.set_times(started_ns, ended_ns);
  span.set_attribute("db.system.name", system);
  if (!shape.operation.empty()) span.set_attribute("db.operation.name", shape.operation);
  if (!shape.collection.empty()) span.set_attribute("db.collection.name", shape.collection);
  if (!shape.text.empty()) span.set_attribute("db.query.text", shape.text);
  return span;
}

}  // namespace

StatementShape shape_of(std::string_view sql) {
  const auto tokens = tokens_of(sql);
  if (tokens.empty()) return {};
  const auto verb = verb_of(tokens);
  StatementShape shape{.text = without_values(tokens), .collection = collection_of(tokens, verb)};
  if (tokens[verb].kind == SqlToken::Kind::word) shape.operation = upper_word(tokens[verb].text);
  return shape;
}

// The message of an error may hold values, so its type alone is told.
void leave_span(base::Trail& trail, Dialect dialect, std::string_view sql, const Command& command,
                std::int64_t started_ns, std::int64_t ended_ns) {
  auto span = make_span(trail, dialect, sql, started_ns, ended_ns);
  if (command.error) span.fail(base::type_name(command.error));
}

void leave_unfinished_span(base::Trail& trail, Dialect dialect, std::string_view sql,
                           std::string_view why, std::int64_t started_ns, std::int64_t ended_ns) {
  make_span(trail, dialect, sql, started_ns, ended_ns).fail(why);
}

bool is_database_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const DatabaseError&) {
    return true;
  } catch (const DataError&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace plinth::db
