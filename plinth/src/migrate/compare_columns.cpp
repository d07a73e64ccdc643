#include <algorithm>
#include <utility>

#include "db/sql_text.hpp"
#include "migrate/differences.hpp"
#include "plinth/detail/statement.hpp"

namespace plinth::migrate::autogenerate {

namespace {

std::string label(const sa::Table& table, const sa::Column& column) {
  return "'" + table.name + "." + column.name + "'";
}

const Backfill* find_backfill(const Differences& differences, const std::string& table,
                              const std::string& column) {
  for (const auto& one : differences.backfills) {
    if (one.table == table && one.column == column) return &one;
  }
  return nullptr;
}

std::string sequence_of(const Differences& differences, const std::string& table,
                        const std::string& column) {
  for (const auto* schema : {&differences.live, &differences.wanted}) {
    for (const auto& sequence : schema->sequences) {
      if (sequence.table == table && sequence.column == column) return sequence.name;
    }
  }
  return {};
}

void add_column(Differences& differences, const TablePair& pair, const sa::Column& column) {
  const auto& table = pair.wanted;
  differences.detect("added column " + label(table, column));
  const auto& options = column.options;
  if (options.nullable || !options.server_default.empty()) {
    differences.add(Phase::add_columns, AddColumn{.table = table.name, .column = column});
    return;
  }
  if (const auto* backfill = find_backfill(differences, table.name, column.name)) {
    auto filled = column;
    filled.options.server_default = backfill->value;
    differences.add(Phase::add_columns, AddColumn{.table = table.name, .column = filled},
                    {"Rows that are there get the model's default; new ones get it from C++."});
    differences.add(Phase::alter_columns, AlterColumn{.table = table.name,
                                                      .from = filled,
                                                      .to = column,
                                                      .server_default = true,
                                                      .backfilled = true});
    return;
  }
  differences.add(Phase::add_columns, AddColumn{.table = table.name, .column = column},
                  {"NOT NULL without a default: this is refused when " + table.name + " has rows.",
                   "Give it .server_default here, or add it nullable, fill it by",
                   "op.execute(\"UPDATE " + db::quoted(table.name) + " SET " +
                       db::quoted(column.name) + " = …\"), and alter it to .nullable = false."});
}

void drop_column(Differences& differences, const TablePair& pair, const sa::Column& column) {
  differences.detect("removed column " + label(pair.live, column));
  auto dropped = column;
  if (std::ranges::count(differences.enum_defaults, ColumnName{pair.live.name, column.name}) > 0) {
    dropped.options.server_default.clear();  // it went with the old values
  }
  std::vector<std::string> notes;
  for (const auto* added : columns_of(pair.wanted)) {
    if (find_column(pair.live, added->name)) continue;
    if (stored_type(pair.wanted, *added, differences.dialect) !=
            stored_type(pair.live, column, differences.dialect) ||
        added->options.nullable != column.options.nullable) {
      continue;
    }
    notes.push_back("This loses the values of " + pair.live.name + "." + column.name +
                    ". Was it renamed? Then write, instead of this and the new column,");
    notes.push_back("op.alter_column(\"" + pair.live.name + "\", \"" + column.name +
                    "\", {.new_column_name = \"" + added->name + "\"});");
  }
  differences.add(Phase::drop_columns,
                  DropColumn{.table = pair.live.name, .column = std::move(dropped)},
                  std::move(notes));
}

void alter_column(Differences& differences, const TablePair& pair, const sa::Column& from,
                  const sa::Column& to, const sa::Column& from_spelled,
                  const sa::Column& to_spelled) {
  const auto& table = pair.live.name;
  const auto old_type = stored_type(pair.live_spelled, from_spelled, differences.dialect);
  const auto new_type = stored_type(pair.wanted_spelled, to_spelled, differences.dialect);
  AlterColumn change{.table = table,
                     .from = from,
                     .to = to,
                     .type = old_type != new_type,
                     .nullable = from.options.nullable != to.options.nullable,
                     .server_default = db::normalized(from_spelled.options.server_default) !=
                                       db::normalized(to_spelled.options.server_default),
                     .sequence = sequence_of(differences, table, from.name)};
  if (change.type) {
    differences.detect("type change from " + old_type + " to " + new_type + " on " +
                       label(pair.live, from));
    differences.retyped.push_back({table, from.name});
  }
  std::vector<std::string> notes;
  if (change.nullable) {
    differences.detect((to.options.nullable ? "NULL on column " : "NOT NULL on column ") +
                       label(pair.live, from));
    if (!to.options.nullable) {
      notes = {"Refused while rows have NULL there; fill them first:",
               "op.execute(\"UPDATE " + db::quoted(table) + " SET " + db::quoted(from.name) +
                   " = … WHERE " + db::quoted(from.name) + " IS NULL\");"};
    }
  }
  if (change.server_default) {
    differences.detect("server default on column " + label(pair.live, from));
  }
  if (std::ranges::count(differences.enum_defaults, ColumnName{table, from.name}) > 0) {
    // It goes with the old values; with the new ones comes another where the type stays.
    change.from.options.server_default.clear();
    change.server_default = change.type && !to.options.server_default.empty();
  }
  if (!change.type && !change.nullable && !change.server_default) return;
  differences.add(Phase::alter_columns, std::move(change), std::move(notes));
}

}  // namespace

const sa::Table* find_table(const std::vector<sa::Table>& tables, const std::string& name) {
  for (const auto& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

std::vector<const sa::Column*> columns_of(const sa::Table& table) {
  std::vector<const sa::Column*> columns;
  for (const auto& item : table.items) {
    if (const auto* column = std::get_if<sa::Column>(&item)) columns.push_back(column);
  }
  return columns;
}

const sa::Column* find_column(const sa::Table& table, const std::string& name) {
  for (const auto* column : columns_of(table)) {
    if (column->name == name) return column;
  }
  return nullptr;
}

std::string stored_type(const sa::Table& table, const sa::Column& column, db::Dialect dialect) {
  if (dialect == db::Dialect::sqlite && sa::is_numbered(column, table.items)) return "INTEGER";
  return sa::type_sql(column.type, dialect);
}

void compare_columns(Differences& differences, const TablePair& pair) {
  for (const auto* column : columns_of(pair.wanted)) {
    const auto* before = find_column(pair.live, column->name);
    if (!before) {
      add_column(differences, pair, *column);
      continue;
    }
    alter_column(differences, pair, *before, *column, *find_column(pair.live_spelled, column->name),
                 *find_column(pair.wanted_spelled, column->name));
  }
  for (const auto* column : columns_of(pair.live)) {
    if (!find_column(pair.wanted, column->name)) drop_column(differences, pair, *column);
  }
}

}  // namespace plinth::migrate::autogenerate
