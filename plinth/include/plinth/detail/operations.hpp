// What a revision may do: Alembic's `op`, and the `batch_op` of batch_alter_table.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/detail/ddl.hpp"

namespace plinth::migrate {
struct Recorded;  // src/migrate/step.hpp
}

namespace plinth::sa {

/// What becomes of a column; what is left out stays as it is.
struct AlterColumn {
  std::string new_column_name = {};
  std::optional<Type> type = {};
  std::optional<bool> nullable = {};
  std::optional<std::string> server_default = {};  // an SQL expression; "" drops the default
  std::string postgresql_using = {};               // SQL: the new value, where no cast gives it
  // What it was: `lint` knows by it that a type only grows.
  std::optional<Type> existing_type = {};
  std::optional<bool> existing_nullable = {};
  std::optional<std::string> existing_server_default = {};
};

struct DropIndexOptions {
  bool if_exists = false;
  bool postgresql_concurrently = false;
};

struct UniqueOptions {
  bool deferrable = false;
  std::string initially = {};               // "DEFERRED", "IMMEDIATE"
  std::string postgresql_using_index = {};  // takes over this unique index, without looking at rows
};

struct CheckOptions {
  bool postgresql_not_valid = false;  // rows that are there are not looked at
};

/// Where a new value of an enumeration goes; at the end by default.
struct EnumPlace {
  std::string before = {};
  std::string after = {};
};

/// A value of bulk_insert: nullptr, bool, number, text, Bytes, DateTime, Date, Time, Uuid, Decimal,
/// Json.
struct Literal {
  Literal(std::nullptr_t) {}                               // NOLINT(google-explicit-constructor)
  Literal(const char* text) : value(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Literal(std::string_view text)
      : value(std::string(text)) {}      // NOLINT(google-explicit-constructor)
  Literal(bool truth) : value(truth) {}  // NOLINT(google-explicit-constructor)
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  Literal(Number number)  // NOLINT(google-explicit-constructor)
      : value(static_cast<std::int64_t>(number)) {
    static_assert(std::signed_integral<Number> || sizeof(Number) < sizeof(std::int64_t),
                  "plinth: bulk_insert takes integers of 64 bits with a sign");
  }
  Literal(double number) : value(number) {}  // NOLINT(google-explicit-constructor)
  template <class T>
    requires(std::is_class_v<T> && std::constructible_from<db::Value, T>)
  Literal(T other) : value(std::move(other)) {}  // NOLINT(google-explicit-constructor)

  db::Value value;
};

}  // namespace plinth::sa

namespace plinth {

/// Changes of one table, made together. On SQLite, which alters little, the table is made anew and
/// its rows are copied, once for the whole batch. Alembic's batch_op.
class BatchOperations {
 public:
  void add_column(sa::Column column);
  void drop_column(const std::string& column);
  void alter_column(const std::string& column, sa::AlterColumn to);
  void create_index(const std::string& name, std::vector<sa::IndexItem> on,
                    sa::IndexOptions options = {});
  void drop_index(const std::string& name, sa::DropIndexOptions options = {});
  void create_unique_constraint(const std::string& name, std::vector<std::string> columns,
                                sa::UniqueOptions options = {});
  void create_foreign_key(const std::string& name, const std::string& referent,
                          std::vector<std::string> local, std::vector<std::string> remote,
                          sa::ForeignKeyOptions options = {});
  void create_check_constraint(const std::string& name, const std::string& condition,
                               sa::CheckOptions options = {});
  void create_primary_key(const std::string& name, std::vector<std::string> columns);
  /// `name` as given, or PostgreSQL's own for an unnamed one (users_email_key, notes_owner_fkey,
  /// users_pkey, users_age_check): by that SQLite finds it too.
  void drop_constraint(const std::string& name);

 private:
  friend class Operations;
  explicit BatchOperations(std::string table);

  std::string table_;
  std::shared_ptr<migrate::Recorded> recorded_;
};

/// What a revision does, recorded; it is turned into SQL when it is run. Alembic's `op`.
class Operations {
 public:
  explicit Operations(db::Dialect dialect);

  /// Columns, then constraints.
  template <class... Item>
  void create_table(const std::string& name, Item... item) {
    make_table(name, {sa::TableItem(std::move(item))...});
  }
  void create_table(const std::string& name, std::vector<sa::TableItem> items) {
    make_table(name, std::move(items));
  }
  void drop_table(const std::string& name);
  void rename_table(const std::string& from, const std::string& to);

  // Of a table that exists. On SQLite what it cannot do in place is a batch of its own.
  void add_column(const std::string& table, sa::Column column);
  void drop_column(const std::string& table, const std::string& column);
  void alter_column(const std::string& table, const std::string& column, sa::AlterColumn to);
  void rename_column(const std::string& table, const std::string& from, const std::string& to);
  void create_index(const std::string& name, const std::string& table,
                    std::vector<sa::IndexItem> on, sa::IndexOptions options = {});
  void drop_index(const std::string& name, const std::string& table = {},
                  sa::DropIndexOptions options = {});
  void create_unique_constraint(const std::string& name, const std::string& table,
                                std::vector<std::string> columns, sa::UniqueOptions options = {});
  void create_foreign_key(const std::string& name, const std::string& source,
                          const std::string& referent, std::vector<std::string> local,
                          std::vector<std::string> remote, sa::ForeignKeyOptions options = {});
  void create_check_constraint(const std::string& name, const std::string& table,
                               const std::string& condition, sa::CheckOptions options = {});
  void create_primary_key(const std::string& name, const std::string& table,
                          std::vector<std::string> columns);
  /// `name` as BatchOperations::drop_constraint has it.
  void drop_constraint(const std::string& name, const std::string& table);
  /// Looks at the rows of a constraint made NOT VALID. Nothing on SQLite, which looked at once.
  void validate_constraint(const std::string& name, const std::string& table);

  /// op.batch_alter_table("users", [](BatchOperations& batch_op) { … })
  template <std::invocable<BatchOperations&> Changes>
  void batch_alter_table(const std::string& table, Changes changes) {
    BatchOperations batch_op(table);
    changes(batch_op);
    add_batch(std::move(batch_op));
  }

  // Types of PostgreSQL; on SQLite, where an enumeration is a text, nothing.
  void create_enum(const std::string& name, std::vector<std::string> values);
  void drop_enum(const std::string& name);
  /// Rows can hold the value after the revision; in the same one only without transaction.
  void add_enum_value(const std::string& name, const std::string& value, sa::EnumPlace place = {});
  void rename_enum_value(const std::string& name, const std::string& from, const std::string& to);

  /// One statement of SQL, as it stands.
  void execute(std::string sql);
  /// op.bulk_insert("roles", {"id", "name"}, {{1, "admin"}, {2, "user"}})
  void bulk_insert(const std::string& table, std::vector<std::string> columns,
                   std::vector<std::vector<sa::Literal>> rows);

  db::Dialect dialect() const { return dialect_; }
  /// The SQL of all this. Throws CommandError where SQLite must look at the table first.
  std::vector<std::string> statements() const;
  const migrate::Recorded& recorded() const { return *recorded_; }

 private:
  void make_table(const std::string& name, std::vector<sa::TableItem> items);
  void add_batch(BatchOperations batch);

  db::Dialect dialect_;
  std::shared_ptr<migrate::Recorded> recorded_;
};

}  // namespace plinth
