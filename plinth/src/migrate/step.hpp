// What a revision does, as data: what is turned into SQL, looked at by lint, and checked before it
// runs.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "plinth/detail/operations.hpp"

namespace plinth::migrate {

// Changes of a table that exists.

struct AddColumn {
  std::string table;
  sa::Column column;
};
struct DropColumn {
  std::string table;
  std::string column;
};
struct AlterColumn {
  std::string table;
  std::string column;
  sa::AlterColumn to;
};
struct CreateIndex {
  std::string name;
  std::string table;
  std::vector<sa::IndexItem> on;
  sa::IndexOptions options;
};
struct DropIndex {
  std::string name;
  std::string table;  // may be empty
  sa::DropIndexOptions options;
};
struct AddConstraint {
  std::string table;
  sa::TableItem constraint;  // named
  bool not_valid = false;
  sa::UniqueOptions unique = {};
};
struct DropConstraint {
  std::string table;
  std::string name;
};

using Change = std::variant<AddColumn, DropColumn, AlterColumn, CreateIndex, DropIndex,
                            AddConstraint, DropConstraint>;

/// Changes of one table that SQLite makes together.
struct Batch {
  std::string table;
  std::vector<Change> changes;
};

struct CreateTable {
  std::string table;
  std::vector<sa::TableItem> items;
};
struct DropTable {
  std::string table;
};
struct RenameTable {
  std::string from;
  std::string to;
};
struct ValidateConstraint {
  std::string table;
  std::string name;
};
struct CreateEnum {
  std::string name;
  std::vector<std::string> values;
};
struct DropEnum {
  std::string name;
};
struct AddEnumValue {
  std::string name;
  std::string value;
  sa::EnumPlace place;
};
struct RenameEnumValue {
  std::string name;
  std::string from;
  std::string to;
};
struct Execute {
  std::string sql;
};
struct BulkInsert {
  std::string table;
  std::vector<std::string> columns;
  std::vector<std::vector<sa::Literal>> rows;
};

using Step = std::variant<Batch, CreateTable, DropTable, RenameTable, ValidateConstraint,
                          CreateEnum, DropEnum, AddEnumValue, RenameEnumValue, Execute, BulkInsert>;

/// In the order of the calls. A change outside of a batch is a batch of one.
struct Recorded {
  std::vector<Step> steps;
};

/// A visitor out of lambdas.
template <class... Case>
struct Cases : Case... {
  using Case::operator()...;
};
template <class... Case>
Cases(Case...) -> Cases<Case...>;

}  // namespace plinth::migrate
