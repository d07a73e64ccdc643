// SQL under construction: fragments, queries, statements. query.hpp builds them out of typed
// expressions; src/db writes them in a dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/detail/table.hpp"

namespace plinth::db {

// A piece of an expression. Texts live for ever: literals and names of models.
struct Token {
  enum class Kind : std::uint8_t { text, column, parameter };

  Kind kind;
  std::string_view text;   // SQL, or the column's name
  std::string_view table;  // the column's table
  Value value;             // the parameter's
};
using Fragment = std::vector<Token>;

Fragment text_fragment(std::string_view sql);
Fragment column_fragment(std::string_view table, std::string_view column);
Fragment parameter_fragment(Value value);
Fragment joined(Fragment left, std::string_view between, Fragment right);
Fragment wrapped(std::string_view before, Fragment inner, std::string_view after);
void append(Fragment& to, std::string_view between, Fragment more);
/// `text` with the wildcards of LIKE made literal by '\'.
std::string escape_like(std::string_view text);

struct Assignment {
  std::string_view column;
  Fragment value;
};

struct Join {
  const Table* table;
  Fragment on;
  bool outer;
};

/// A query of any kind, before it has a dialect.
struct Query {
  enum class Kind : std::uint8_t { select, insert, update, delete_, text };

  Kind kind = Kind::select;
  const Table* table = nullptr;
  std::vector<Fragment> columns;  // what a select gives, or RETURNING
  std::vector<Join> joins;
  Fragment where;
  std::vector<Fragment> group_by;
  Fragment having;
  std::vector<Fragment> order_by;
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> rows_wanted;  // no more are looked at
  bool distinct = false;
  bool for_update = false;
  bool skip_locked = false;

  std::vector<std::vector<Assignment>> values;  // rows of an insert; of an update: the first
  bool on_conflict_do_nothing = false;
  std::vector<std::string_view> conflict_columns;

  std::string text;              // raw SQL with '?' for parameters
  std::vector<Value> arguments;  // of `text`

  void add_columns(const Table& of);
  void add_where(Fragment condition);
};

/// What goes to a driver. `sql` has the dialect's placeholders.
struct Statement {
  std::string sql;
  std::vector<Value> parameters;
  bool reads_only = false;  // surely changes nothing
  bool is_once = false;     // not worth preparing
};

/// Throws ProgrammingError where the query says nothing (an update without values), DataError for a
/// value that cannot be stored.
Statement render(const Query& query, Dialect dialect);

/// A name as SQL: quoted when it is a reserved word or no plain lower-case name.
std::string quoted(std::string_view name);
void append_quoted(std::string& sql, std::string_view name);

}  // namespace plinth::db
