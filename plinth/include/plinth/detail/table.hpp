// The table of a model: what the compiled engines (SQL, decode, DDL, migrations) know of it.
// model.hpp makes these rows out of a struct.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plinth/datetime.hpp"
#include "plinth/detail/type.hpp"
#include "plinth/json.hpp"
#include "plinth/values.hpp"

namespace plinth::db {

struct ArrayItem;
/// The items of an array column, in order.
struct Array {
  std::vector<ArrayItem> items;
};

/// A value on its way to the database or from it, by its meaning; each driver has its own spelling.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, DateTime,
                           Date, Time, Duration, Uuid, Decimal, Json, Array>;

struct ArrayItem {
  Value value;
};

enum class Dialect : std::uint8_t { sqlite, postgresql };

/// What becomes of a row whose foreign key's target is deleted, or gets another key.
enum class OnDelete : std::uint8_t { no_action, restrict, cascade, set_null, set_default };
enum class OnUpdate : std::uint8_t { no_action, restrict, cascade, set_null, set_default };

struct Table;
using TableFn = const Table& (*)();

// What the rules of a Column say; empty ones are absent.
struct ColumnRules {
  bool primary_key = false;
  bool unique = false;
  bool indexed = false;
  bool jsonb = false;
  bool has_default = false;            // made in C++ when the object is made
  std::string_view name;               // in the database, when it differs from the member's
  std::string_view server_default;     // an SQL expression; "now()" is translated
  std::string_view check;              // an SQL expression
  TableFn references = nullptr;        // foreign key: the table,
  std::string_view references_column;  // its column,
  OnDelete on_delete = OnDelete::no_action;
  OnUpdate on_update = OnUpdate::no_action;
};

// Where a column's value came from, kept beside it: an insert leaves out what is absent, an update
// of a row writes what did not come from that row. Rows that are read are numbered from
// `first_row`.
using Origin = std::uint32_t;
inline constexpr Origin absent = 0;
inline constexpr Origin given = 1;
inline constexpr Origin first_row = 2;

struct Column {
  std::string_view name;
  detail::TypeFn type;        // of the value; Kind::optional when it may be NULL
  std::size_t offset;         // of the value in the struct
  std::size_t origin_offset;  // of its Origin
  ColumnRules rules;
  std::int64_t max_length = -1;  // code points
  std::int32_t max_digits = -1;  // Decimal
  std::int32_t decimal_places = -1;
  Value (*default_value)() = nullptr;  // made in C++
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;
  std::span<const struct Index> indexes;
  std::span<const struct UniqueConstraint> unique_constraints;
  std::span<const struct CheckConstraint> check_constraints;
  std::span<const struct ForeignKey> foreign_keys = {};
};

/// An index of several columns, of expressions, or of some rows:
/// `static constexpr Index indexes[] = {{.name = "uq_users_email_lower", .on = "lower(email)",
/// .unique = true}};`
struct Index {
  std::string_view name;
  std::string_view on;  // SQL: columns or expressions, separated by commas
  bool unique = false;
  std::string_view where = {};             // SQL: only rows for which this is true
  std::string_view postgresql_using = {};  // "gin", …; empty: btree
};

/// `static constexpr UniqueConstraint unique_constraints[] = {{.on = "team_id, name"}};`
struct UniqueConstraint {
  std::string_view on;  // columns, separated by commas
  std::string_view name = {};
};

/// `static constexpr CheckConstraint check_constraints[] = {{.that = "price > 0"}};`
struct CheckConstraint {
  std::string_view that;  // SQL
  std::string_view name = {};
};

/// A foreign key of several columns; of one it is a rule of the column.
/// `static constexpr ForeignKey foreign_keys[] = {{.on = "team_id, user_id",
/// .to = "memberships.team_id, memberships.user_id", .on_delete = OnDelete::cascade}};`
struct ForeignKey {
  std::string_view on;  // columns, separated by commas
  std::string_view to;  // as many, each with its table
  std::string_view name = {};
  OnDelete on_delete = OnDelete::no_action;
  OnUpdate on_update = OnUpdate::no_action;
};

/// Names for constraints that a model leaves unnamed, as SQLAlchemy's naming_convention spells
/// them:
/// `{.fk = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"}`. Empty: the database's
/// own, as SQLAlchemy does by default.
struct NamingConvention {
  std::string_view ix = "ix_%(column_0_label)s";
  std::string_view uq = {};
  std::string_view ck = {};  // of a named check too, by %(constraint_name)s
  std::string_view fk = {};
  std::string_view pk = {};
};

/// All tables of an application: what migrations compare a database with.
struct MetaData {
  std::span<const Table* const> tables = {};
  NamingConvention naming_convention = {};
};

// One cell of a row that is decoded into an object.
struct Cell {
  detail::TypeFn type;
  std::size_t offset;
  std::size_t origin_offset;  // no_origin: a plain value
  std::string_view table;     // for messages; may be empty
  std::string_view column;
  std::int32_t decimal_places = -1;  // a Decimal is filled up with zeros
  // First cell of an object that may be missing: if all its cells are NULL, it is made so.
  std::size_t cells_of_object = 0;
  std::size_t object_offset = 0;
  void (*make_absent)(void* object) = nullptr;

  static constexpr std::size_t no_origin = static_cast<std::size_t>(-1);
};

/// The Value of what lies at `object`. Throws DataError when it has no exact one.
Value encode(const detail::Type& type, const void* object);

}  // namespace plinth::db
