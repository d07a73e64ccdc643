// The text of a CREATE TABLE, cut into its parts, changed, and put together again. By that a table
// that SQLite makes anew keeps what nobody asked to change: collations, AUTOINCREMENT, generated
// columns, STRICT, checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/step.hpp"

namespace plinth::migrate {

class TableText {
 public:
  /// sql  as sqlite_master has it. Comments are lost. Throws CommandError for what is no CREATE
  ///      TABLE with columns in parentheses (a virtual table).
  TableText(std::string table, std::string_view sql);

  /// Throws CommandError when there is no such column or constraint, or one of that name already.
  void apply(const Change& change);

  /// CREATE TABLE with that name.
  std::string sql(std::string_view name) const;
  bool has_column(std::string_view name) const;
  /// Columns that rows are copied into, those of both tables: none that is computed or was added.
  std::vector<std::string> copied() const;

 private:
  enum class Kind : std::uint8_t { primary_key, unique, check, foreign_key, other };
  struct Constraint {
    Kind kind;
    std::string name;                  // may be empty
    std::vector<std::string> columns;  // that it is about
    std::string sql;                   // all of it
  };
  struct Column {
    std::string name;
    std::string quoted;  // as written
    std::string type;
    std::vector<Constraint> rules;  // NOT NULL, DEFAULT, CHECK …
    bool added = false;

    bool has_rule(std::string_view word) const;
    bool is_computed() const;
  };

  void parse_item(std::string_view item);
  void parse_column(std::string_view item);
  Constraint parse_constraint(std::string_view sql, const std::string& column) const;
  Column& column_named(const std::string& name);
  std::string default_name(const Constraint& constraint) const;

  void add(const AddColumn& change);
  void drop(const DropColumn& change);
  void alter(const AlterColumn& change);
  void add(const AddConstraint& change);
  void drop(const DropConstraint& change);

  std::string table_;
  std::string options_;  // " STRICT", " WITHOUT ROWID"
  std::vector<Column> columns_;
  std::vector<Constraint> constraints_;
};

}  // namespace plinth::migrate
