// Fragments: the pieces of SQL that typed expressions leave behind.
#include <iterator>

#include "db/text.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {
void push_text(Fragment& to, std::string_view sql) {
  if (!sql.empty()) to.push_back({.kind = Token::Kind::text, .text = sql});
}
void push_all(Fragment& to, Fragment more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}
}  // namespace

Fragment text_fragment(std::string_view sql) {
  Fragment made;
  push_text(made, sql);
  return made;
}

namespace {
Fragment one(Token token) {
  Fragment made;
  made.push_back(std::move(token));
  return made;
}
}  // namespace

Fragment column_fragment(std::string_view table, std::string_view column) {
  return one({.kind = Token::Kind::column, .text = column, .table = table});
}

Fragment columns_fragment(const Table& of, std::string_view source) {
  return one({.kind = Token::Kind::columns, .table = source, .of = &of});
}

Fragment parameter_fragment(Value value) {
  return one({.kind = Token::Kind::parameter, .value = std::move(value)});
}

Fragment typed_parameter(Value value, std::string_view type) {
  // Without its type SQLite compares a decimal, which is bound as a text, by letters.
  const std::string_view sqlite = std::holds_alternative<Decimal>(value) ? "NUMERIC" : "";
  return one(
      {.kind = Token::Kind::parameter, .text = type, .table = sqlite, .value = std::move(value)});
}

Fragment raw_fragment(std::string sql) {
  return one({.kind = Token::Kind::raw, .value = std::move(sql)});
}

Fragment dialect_fragment(std::string_view postgresql, std::string_view sqlite) {
  return one({.kind = Token::Kind::dialect, .text = postgresql, .table = sqlite});
}

Fragment subquery_fragment(Query query) {
  return one(
      {.kind = Token::Kind::subquery, .query = std::make_shared<const Query>(std::move(query))});
}

Fragment joined(Fragment left, std::string_view between, Fragment right) {
  left.reserve(left.size() + right.size() + 1);
  push_text(left, between);
  push_all(left, std::move(right));
  return left;
}

Fragment joined(Fragment left, Fragment right) {
  push_all(left, std::move(right));
  return left;
}

Fragment wrapped(std::string_view before, Fragment inner, std::string_view after) {
  Fragment made;
  made.reserve(inner.size() + 2);
  push_text(made, before);
  push_all(made, std::move(inner));
  push_text(made, after);
  return made;
}

void append(Fragment& to, std::string_view between, Fragment more) {
  if (!to.empty()) push_text(to, between);
  push_all(to, std::move(more));
}

Fragment filled_in(std::string_view sql, std::vector<Fragment> arguments) {
  Fragment made;
  std::size_t next = 0;
  for (const TextPart& part : split_parameters(sql)) {
    if (!part.sql.empty()) push_all(made, raw_fragment(std::string(part.sql)));
    if (!part.parameter) continue;
    if (next == arguments.size()) {
      throw ProgrammingError("sql() has more '?' than values; a '?' itself is written \"??\"");
    }
    push_all(made, std::move(arguments[next++]));
  }
  if (next != arguments.size()) {
    throw ProgrammingError("sql() has " + std::to_string(next) + " '?', but " +
                           std::to_string(arguments.size()) + " values");
  }
  return made;
}

Fragment any_item(Fragment array, Fragment item) {
  // SQLite keeps arrays as JSON.
  auto sql =
      joined(std::move(item), dialect_fragment(" = ANY (", " IN (SELECT value FROM json_each("));
  sql = joined(std::move(sql), std::move(array));
  return joined(std::move(sql), dialect_fragment(")", "))"));
}

std::string escape_like(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void Query::add_columns(const Table& of, std::string_view source) {
  columns.push_back(columns_fragment(of, source.empty() ? of.name : source));
}

void Query::add_where(Fragment condition) { append(where, " AND ", std::move(condition)); }

}  // namespace plinth::db
