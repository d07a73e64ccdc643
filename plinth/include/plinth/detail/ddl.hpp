// Tables as they are made: columns, types and constraints, by SQLAlchemy's names. What migrations
// write, and what models are turned into.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/detail/table.hpp"

namespace plinth::sa {

/// The SQL type of a column. Made by the functions below.
struct Type {
  enum class Kind : std::uint8_t {
    small_integer,
    integer,
    big_integer,
    boolean,
    real,
    floating,
    numeric,
    string,
    text,
    large_binary,
    date,
    time,
    date_time,
    interval,
    uuid,
    json,
    jsonb,
    enumeration,
    array,
    other
  };

  Kind kind;
  std::int64_t length = -1;  // of a string
  int precision = -1;        // of a numeric
  int scale = -1;
  bool timezone = false;
  std::string name = {};                 // of an enumeration; of another: its SQL
  std::vector<std::string> values = {};  // of an enumeration
  bool create_type = true;               // create_table makes the enumeration
  std::vector<Type> element = {};        // of an array: one
};

// NOLINTBEGIN(readability-identifier-naming): SQLAlchemy's names.
inline Type SmallInteger() { return {.kind = Type::Kind::small_integer}; }
inline Type Integer() { return {.kind = Type::Kind::integer}; }
inline Type BigInteger() { return {.kind = Type::Kind::big_integer}; }
inline Type Boolean() { return {.kind = Type::Kind::boolean}; }
inline Type REAL() { return {.kind = Type::Kind::real}; }
inline Type Float() { return {.kind = Type::Kind::floating}; }
inline Type Numeric(int precision = -1, int scale = -1) {
  return {.kind = Type::Kind::numeric, .precision = precision, .scale = scale};
}
inline Type String(std::int64_t length = -1) {
  return {.kind = Type::Kind::string, .length = length};
}
inline Type Text() { return {.kind = Type::Kind::text}; }
inline Type LargeBinary() { return {.kind = Type::Kind::large_binary}; }
inline Type Date() { return {.kind = Type::Kind::date}; }
inline Type Time() { return {.kind = Type::Kind::time}; }
struct TimeZone {
  bool timezone = false;
};
inline Type DateTime(TimeZone options = {}) {
  return {.kind = Type::Kind::date_time, .timezone = options.timezone};
}
inline Type Interval() { return {.kind = Type::Kind::interval}; }
inline Type Uuid() { return {.kind = Type::Kind::uuid}; }
inline Type JSON() { return {.kind = Type::Kind::json}; }
inline Type JSONB() { return {.kind = Type::Kind::jsonb}; }
struct EnumOptions {
  bool create_type = true;  // false: the type is there, or made by op.create_enum
};
/// On PostgreSQL a type of that name, elsewhere VARCHAR.
inline Type Enum(std::string name, std::vector<std::string> values, EnumOptions options = {}) {
  return {.kind = Type::Kind::enumeration,
          .name = std::move(name),
          .values = std::move(values),
          .create_type = options.create_type};
}
/// On PostgreSQL INTEGER[] and the like, elsewhere JSON.
inline Type ARRAY(Type element) {
  return {.kind = Type::Kind::array, .element = {std::move(element)}};
}
/// Any other type, by its SQL: UserDefinedType("inet").
inline Type UserDefinedType(std::string sql) {
  return {.kind = Type::Kind::other, .name = std::move(sql)};
}
// NOLINTEND(readability-identifier-naming)

struct ColumnOptions {
  bool nullable = true;
  std::string server_default = {};  // an SQL expression; "now()" is translated for SQLite
};

struct Column {
  Column(std::string column, Type of, ColumnOptions given = {})
      : name(std::move(column)), type(std::move(of)), options(std::move(given)) {}

  std::string name;
  Type type;
  ColumnOptions options;
};

struct PrimaryKeyConstraint {
  template <class... Name>
  explicit PrimaryKeyConstraint(const Name&... column) : columns{std::string(column)...} {}
  PrimaryKeyConstraint named(std::string constraint) && {
    name = std::move(constraint);
    return std::move(*this);
  }

  std::vector<std::string> columns;
  std::string name = {};
};

struct UniqueConstraint {
  template <class... Name>
  explicit UniqueConstraint(const Name&... column) : columns{std::string(column)...} {}
  UniqueConstraint named(std::string constraint) && {
    name = std::move(constraint);
    return std::move(*this);
  }

  std::vector<std::string> columns;
  std::string name = {};
};

struct ForeignKeyOptions {
  std::string name = {};
  std::string ondelete = {};  // "CASCADE", "SET NULL", …
  std::string onupdate = {};
  bool deferrable = false;
  std::string initially = {};         // "DEFERRED", "IMMEDIATE"
  bool postgresql_not_valid = false;  // rows that are there are not looked at
};
/// ForeignKeyConstraint({"team_id"}, {"teams.id"}, {.ondelete = "CASCADE"})
struct ForeignKeyConstraint {
  ForeignKeyConstraint(std::vector<std::string> local, std::vector<std::string> remote,
                       ForeignKeyOptions given = {})
      : columns(std::move(local)), targets(std::move(remote)), options(std::move(given)) {}

  std::vector<std::string> columns;
  std::vector<std::string> targets;  // "table.column", of one table
  ForeignKeyOptions options;
};

struct CheckConstraint {
  explicit CheckConstraint(std::string that, std::string constraint = {})
      : sql(std::move(that)), name(std::move(constraint)) {}

  std::string sql;
  std::string name;
};

using TableItem = std::variant<Column, PrimaryKeyConstraint, UniqueConstraint, ForeignKeyConstraint,
                               CheckConstraint>;

/// An SQL expression where a name is expected: {sa::text("lower(email)")}
struct TextClause {
  std::string sql;
};
inline TextClause text(std::string sql) { return {std::move(sql)}; }

/// A column or an expression of an index.
struct IndexItem {
  IndexItem(const char* column) : name(column) {}             // NOLINT(google-explicit-constructor)
  IndexItem(std::string column) : name(std::move(column)) {}  // NOLINT(google-explicit-constructor)
  IndexItem(TextClause clause)                                // NOLINT(google-explicit-constructor)
      : name(std::move(clause.sql)), is_expression(true) {}

  std::string name;
  bool is_expression = false;
};

struct IndexOptions {
  bool unique = false;
  std::string where = {};             // SQL: only rows for which this is true
  std::string postgresql_using = {};  // "gin", …; empty: btree
  bool postgresql_concurrently = false;
  bool if_not_exists = false;
};

struct Index {
  std::string name;
  std::vector<IndexItem> on;
  IndexOptions options = {};
};

/// A table with its indexes, as data.
struct Table {
  std::string name;
  std::vector<TableItem> items;
  std::vector<Index> indexes = {};
};

/// The table of a model.
Table table_data(const db::Table& table, const db::NamingConvention& naming = {});

// Each returns SQL without the final semicolon, as SQLAlchemy writes it, tabs and all.
std::vector<std::string> create_table(const std::string& table, const std::vector<TableItem>& items,
                                      db::Dialect dialect);
std::string create_index(const std::string& index, const std::string& table,
                         const std::vector<IndexItem>& on, const IndexOptions& options,
                         db::Dialect dialect);
std::string column_sql(const Column& column, bool numbered, db::Dialect dialect);
std::string constraint_sql(const TableItem& constraint);
std::string type_sql(const Type& type, db::Dialect dialect);
/// CREATE TYPE … AS ENUM; PostgreSQL's.
std::string create_enum(const Type& type);
/// What follows DEFAULT.
std::string default_sql(const std::string& expression, db::Dialect dialect);
/// Whether the database numbers the rows by this column: SQLAlchemy's autoincrement="auto".
bool is_numbered(const Column& column, const std::vector<TableItem>& items);
/// Whether a default is a number, a text, a truth value or NULL.
bool is_constant(const std::string& expression);

}  // namespace plinth::sa
