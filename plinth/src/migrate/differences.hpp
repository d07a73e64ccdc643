// What compare finds, sorted into phases.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "migrate/compare.hpp"

namespace plinth::migrate::autogenerate {

enum class Phase : std::uint8_t {
  create_enums,
  drop_foreign_keys,
  drop_indexes,
  drop_constraints,
  alter_enums,
  drop_tables_first,  // whose names a new table needs
  create_tables,
  add_columns,
  alter_columns,
  drop_columns,
  create_constraints,
  drop_tables,
  create_indexes,
  create_foreign_keys,
  drop_enums,
  count
};

struct ColumnName {
  std::string table;
  std::string column;
  bool operator==(const ColumnName&) const = default;
};

struct Differences {
  Differences(const Schema& from, const Schema& to, std::span<const Backfill> fills, db::Dialect of)
      : live(from), wanted(to), backfills(fills), dialect(of) {}

  const Schema& live;
  const Schema& wanted;
  std::span<const Backfill> backfills;
  db::Dialect dialect;

  std::array<Changes, static_cast<std::size_t>(Phase::count)> phases = {};
  std::vector<std::string> detected = {};
  std::vector<ColumnName> retyped = {};  // columns whose type changes
  std::vector<AlterEnum> altered_enums = {};
  std::vector<ColumnName> enum_defaults = {};  // set while their enumeration is replaced
  std::vector<std::string> dropped_keys = {};  // "users(id)", whose foreign keys must go first

  Changes& at(Phase phase) { return phases[static_cast<std::size_t>(phase)]; }
  void add(Phase phase, Change change, std::vector<std::string> notes = {}) {
    at(phase).push_back({std::move(change), std::move(notes)});
  }
  void detect(std::string text) { detected.push_back("Detected " + std::move(text)); }
};

/// Tables of the same name in both.
struct TablePair {
  const sa::Table& live;
  const sa::Table& live_spelled;
  const sa::Table& wanted;
  const sa::Table& wanted_spelled;
};
std::vector<TablePair> pairs_of(const Schema& live, const Schema& wanted);

/// First: which enumerations are made, changed and dropped.
void compare_enums(Differences& differences);
void compare_columns(Differences& differences, const TablePair& pair);
/// Primary key, unique constraints, checks, indexes.
void compare_constraints(Differences& differences, const TablePair& pair);
void compare_indexes(Differences& differences, const TablePair& pair);
/// After the other constraints of all tables: knows by then which keys and types have changed.
void compare_foreign_keys(Differences& differences, const TablePair& pair);
/// Tables that only one of the two has; after the foreign keys of the others.
void compare_tables(Differences& differences);

/// "'('email',)'", as Python prints it.
std::string columns_text(const sa::Index& index);
const sa::Table* find_table(const std::vector<sa::Table>& tables, const std::string& name);
const sa::Column* find_column(const sa::Table& table, const std::string& name);
std::vector<const sa::Column*> columns_of(const sa::Table& table);
/// The type as the database keeps it.
std::string stored_type(const sa::Table& table, const sa::Column& column, db::Dialect dialect);
/// The enumeration of a column or of the items of its array; null for others.
const sa::Type* enum_in(const sa::Type& type);
/// A check or an index that stays, in the database's words: it hinders an enumeration that it names
/// from being replaced.
void note_enum_in(Differences& differences, const std::string& table, const sa::TableItem& check);
void note_enum_in(Differences& differences, const std::string& table, const sa::Index& index);
bool names_altered_enum(const Differences& differences, const std::string& sql);
/// Last.
void finish_enums(Differences& differences);

}  // namespace plinth::migrate::autogenerate
