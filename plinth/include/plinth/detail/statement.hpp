// SQL under construction: fragments, queries, statements. query.hpp builds them out of typed
// expressions; src/db writes them in a dialect.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/detail/table.hpp"

namespace plinth::db {

struct Query;
using QueryPtr = std::shared_ptr<const Query>;

// A piece of an expression. Texts live for ever: literals and names of models.
struct Token {
  enum class Kind : std::uint8_t {
    text,       // SQL
    column,     // `text` of `table`
    columns,    // all of `of`, of the source named `table`
    parameter,  // `value`; PostgreSQL is told that it is a `text`, SQLite a `table`, unless empty
    raw,        // SQL made at run time, in `value`
    dialect,    // `text` on PostgreSQL, `table` on SQLite
    subquery    // `query`, in parentheses
  };

  Kind kind;
  std::string_view text = {};
  std::string_view table = {};
  Value value = {};
  QueryPtr query = nullptr;
  const Table* of = nullptr;
};
using Fragment = std::vector<Token>;

Fragment text_fragment(std::string_view sql);
Fragment column_fragment(std::string_view table, std::string_view column);
Fragment columns_fragment(const Table& of, std::string_view source);
Fragment parameter_fragment(Value value);
/// A parameter whose type the server cannot find out: named as PostgreSQL does.
Fragment typed_parameter(Value value, std::string_view type);
/// A parameter for this column: of its value at `object`. Throws DataError naming the column.
Fragment assigned_fragment(std::string_view table, std::string_view column,
                           const detail::Type& type, const void* object);
Fragment raw_fragment(std::string sql);
Fragment dialect_fragment(std::string_view postgresql, std::string_view sqlite);
Fragment subquery_fragment(Query query);
Fragment joined(Fragment left, std::string_view between, Fragment right);
Fragment joined(Fragment left, Fragment right);
Fragment wrapped(std::string_view before, Fragment inner, std::string_view after);
void append(Fragment& to, std::string_view between, Fragment more);
/// Raw SQL whose '?' are these. Throws ProgrammingError when there are more or fewer.
Fragment filled_in(std::string_view sql, std::vector<Fragment> arguments);
/// Whether an item of `array` is `item`.
Fragment any_item(Fragment array, Fragment item);
/// `text` with the wildcards of LIKE made literal by '\'.
std::string escape_like(std::string_view text);

struct Assignment {
  std::string_view column;
  Fragment value;
};

// A table or the rows of a query, under a name.
struct Source {
  const Table* table = nullptr;
  std::string_view name = {};  // empty: the table's
  QueryPtr query = nullptr;    // gives the columns of `table`
  std::string_view shown() const { return name.empty() ? table->name : name; }
};

struct Join {
  enum class Kind : std::uint8_t { inner, outer, cross };
  Source source;
  Fragment on;
  Kind kind = Kind::inner;
};

// NULL is larger than any value unless told, on every engine.
struct Order {
  enum class Nulls : std::uint8_t { usual, first, last };
  Fragment sql;
  bool descending = false;
  bool nullable = false;
  Nulls nulls = Nulls::usual;
};

struct ForUpdate {
  bool skip_locked = false;  // leave out the rows that others have locked
  bool nowait = false;       // an error instead of waiting for them
  bool read = false;         // FOR SHARE: others may read them so too
  bool key_share = false;    // others may change all but the key (with read: all may)
};

// WITH `table`'s name and columns AS (`query`), for recursive ones UNION ALL `step`.
struct Cte {
  const Table* table;
  QueryPtr query;
  QueryPtr step = nullptr;
};

struct Conflict {
  enum class Action : std::uint8_t { error, nothing, update };
  Action action = Action::error;
  std::vector<Fragment> target;  // columns of the unique index; empty: any
  Fragment index_where;
  std::vector<Assignment> set;
  Fragment where;
};

/// A query of any kind, before it has a dialect.
struct Query {
  enum class Kind : std::uint8_t { select, compound, insert, update, delete_, text };

  Kind kind = Kind::select;
  const Table* table = nullptr;
  std::string_view name = {};     // of the table, when it has another here
  QueryPtr from = nullptr;        // gives the rows of `table`
  std::vector<Cte> with;          // before anything else
  std::vector<Fragment> columns;  // what a select gives, or RETURNING
  std::vector<Join> joins;
  Fragment where;
  std::vector<Fragment> group_by;
  Fragment having;
  std::vector<Order> order_by;
  std::optional<std::int64_t> limit;
  std::optional<std::int64_t> offset;
  std::optional<std::int64_t> rows_wanted;  // no more are looked at
  bool distinct = false;
  std::optional<ForUpdate> for_update;
  std::vector<std::string_view> for_update_of;

  std::vector<QueryPtr> parts;  // of a compound
  std::string_view between;     // " UNION ALL "

  std::vector<std::vector<Assignment>> values;   // rows of an insert; of an update: the first
  std::vector<std::string_view> insert_columns;  // of an insert from `from`, or of `cells`,
  std::vector<Value> cells;                      // which are many rows, one after the other
  Conflict conflict;

  std::string text;              // raw SQL with '?' for parameters
  std::vector<Value> arguments;  // of `text`

  void add_columns(const Table& of, std::string_view source = {});
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
