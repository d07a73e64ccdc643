// Fragments: the pieces of SQL that typed expressions leave behind.
#include <iterator>

#include "plinth/detail/statement.hpp"

namespace plinth::db {

namespace {
void push_text(Fragment& to, std::string_view sql) {
  if (!sql.empty()) to.push_back({Token::Kind::text, sql, {}, {}});
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

Fragment column_fragment(std::string_view table, std::string_view column) {
  Fragment made;
  made.push_back({Token::Kind::column, column, table, {}});
  return made;
}

Fragment parameter_fragment(Value value) {
  Fragment made;
  made.push_back({Token::Kind::parameter, {}, {}, std::move(value)});
  return made;
}

Fragment joined(Fragment left, std::string_view between, Fragment right) {
  left.reserve(left.size() + right.size() + 1);
  push_text(left, between);
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

std::string escape_like(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void Query::add_columns(const Table& of) {
  for (const Column& column : of.columns) columns.push_back(column_fragment(of.name, column.name));
}

void Query::add_where(Fragment condition) { append(where, " AND ", std::move(condition)); }

}  // namespace plinth::db
