// Differences between two schemas, as data: each change knows all that its inverse needs.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "plinth/detail/ddl.hpp"

namespace plinth::migrate::autogenerate {

// Indexes are changes of their own, before the table is dropped and after it is made.
struct CreateTable {
  sa::Table table;
};
struct DropTable {
  sa::Table table;
};
struct AddColumn {
  std::string table;
  sa::Column column;
};
struct DropColumn {
  std::string table;
  sa::Column column;
};
struct AlterColumn {
  std::string table;
  sa::Column from;
  sa::Column to;
  bool type = false;  // what of it changes
  bool nullable = false;
  bool server_default = false;
  std::string sequence = {};  // that numbers it
  bool backfilled = false;    // takes back the default that filled a new column; has no inverse
};
struct CreateIndex {
  std::string table;
  sa::Index index;
};
struct DropIndex {
  std::string table;
  sa::Index index;
};
struct CreateConstraint {
  std::string table;
  sa::TableItem constraint;  // named
};
struct DropConstraint {
  std::string table;
  sa::TableItem constraint;  // named
};
struct CreateEnum {
  sa::Type type;
};
struct DropEnum {
  sa::Type type;
};
// A column of an enumeration whose values change.
struct EnumUse {
  std::string table;
  std::string column;
  bool array = false;
  std::string from_default = {};
  std::string to_default = {};
};
struct AlterEnum {
  sa::Type from;
  sa::Type to;
  std::vector<EnumUse> uses;
  bool in_place = false;  // values are only added, and not used at once
  // That name the type, and so must be made anew when it is.
  std::vector<CreateConstraint> checks = {};
  std::vector<CreateIndex> indexes = {};
};

using Change =
    std::variant<CreateTable, DropTable, AddColumn, DropColumn, AlterColumn, CreateIndex, DropIndex,
                 CreateConstraint, DropConstraint, CreateEnum, DropEnum, AlterEnum>;

struct Noted {
  Change change;
  std::vector<std::string> notes = {};  // what a reader should know before it runs
};
using Changes = std::vector<Noted>;

/// What undoes these, in their order.
Changes inverse(const Changes& changes);

/// The table that a change alters, and SQLite could have to make anew; null for other changes.
const std::string* altered_table(const Change& change);
/// Whether SQLite must make the table anew for it.
bool needs_batch(const Change& change);

/// The name of a constraint; "" when it has none.
const std::string& name_of(const sa::TableItem& constraint);
void set_name(sa::TableItem& constraint, std::string name);
/// What PostgreSQL calls an unnamed one: users_email_key, users_pkey, users_team_id_fkey,
/// users_age_check. SQLite, where drop_constraint finds it by that name, sets no limit to it.
std::string default_name(const sa::Table& table, const sa::TableItem& constraint,
                         db::Dialect dialect);

/// The SQL that replaces an enumeration of PostgreSQL by one with other values.
std::vector<std::string> enum_sql(const AlterEnum& change);
/// The USING of a change of type; "" where PostgreSQL casts by itself.
std::string using_clause(const AlterColumn& change);
/// "ALTER SEQUENCE … AS bigint" when a numbered column changes its width; "" else.
std::string sequence_sql(const AlterColumn& change);

/// A change of a column in steps that each engine takes: a default is dropped before a type that
/// it does not fit.
struct ColumnStep {
  bool type = false;
  bool nullable = false;
  bool server_default = false;
  std::string value = {};  // of the default
};
std::vector<ColumnStep> steps_of(const AlterColumn& change);

}  // namespace plinth::migrate::autogenerate
