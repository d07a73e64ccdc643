// INSERT, UPDATE and DELETE as SQL. Values of columns are checked against their column here.
#include <algorithm>

#include "db/value.hpp"
#include "db/writer.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

namespace {

const Column* find_column(const Table& table, std::string_view name) {
  for (const Column& column : table.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

void check_assignment(const Table& table, const Assignment& assignment) {
  const auto* column = find_column(table, assignment.column);
  if (!column || assignment.value.size() != 1) return;
  const Token& only = assignment.value.front();
  if (only.kind == Token::Kind::parameter) check_column(table, *column, only.value);
}

// The rows with the defaults of columns that were not assigned.
std::vector<std::vector<Assignment>> with_defaults(const Query& query) {
  auto rows = query.values;
  for (auto& row : rows) {
    for (const Column& column : query.table->columns) {
      auto is_it = [&](const Assignment& one) { return one.column == column.name; };
      if (!column.default_value || std::any_of(row.begin(), row.end(), is_it)) continue;
      row.push_back({column.name, parameter_fragment(column.default_value())});
    }
  }
  return rows;
}

void write_row(Writer& writer, const Table& table, const std::vector<Assignment>& row,
               const std::vector<Assignment>& first) {
  auto same = [](const Assignment& a, const Assignment& b) { return a.column == b.column; };
  if (!std::equal(row.begin(), row.end(), first.begin(), first.end(), same)) {
    throw ProgrammingError("the rows of an insert() name different columns");
  }
  const char* between = "(";
  for (const Assignment& assignment : row) {
    writer.sql() += between;
    between = ", ";
    check_assignment(table, assignment);
    writer.fragment(assignment.value);
  }
  writer.sql() += ')';
}

void write_cells(Writer& writer, const Query& query) {
  const auto& names = query.insert_columns;
  std::vector<const Column*> columns;
  for (auto name : names) columns.push_back(find_column(*query.table, name));
  writer.sql() += " (";
  writer.names(names);
  writer.sql() += ") VALUES ";
  for (std::size_t i = 0; i < query.cells.size(); ++i) {
    const auto column = i % columns.size();
    if (column == 0) writer.sql() += i == 0 ? "(" : "), (";
    if (column > 0) writer.sql() += ", ";
    check_column(*query.table, *columns[column], query.cells[i]);
    writer.parameter(query.cells[i]);
  }
  writer.sql() += ')';
}

void write_values(Writer& writer, const Query& query) {
  const auto rows = with_defaults(query);
  if (rows.empty()) throw ProgrammingError("insert() without values");
  const auto& first = rows.front();
  if (first.empty()) {
    if (rows.size() > 1) throw ProgrammingError("an insert() of several rows without a value");
    writer.sql() += " DEFAULT VALUES";
    return;
  }
  std::vector<std::string_view> columns;
  for (const Assignment& assignment : first) columns.push_back(assignment.column);
  writer.sql() += " (";
  writer.names(columns);
  const char* before = ") VALUES ";
  for (const auto& row : rows) {
    writer.sql() += before;
    before = ", ";
    write_row(writer, *query.table, row, first);
  }
}

// Columns that the select does not give, and that have a default made here, get it too.
void write_selected(Writer& writer, const Query& query) {
  auto columns = query.insert_columns;
  Query rows = *query.from;
  for (const Column& column : query.table->columns) {
    if (!column.default_value) continue;
    if (std::find(columns.begin(), columns.end(), column.name) != columns.end()) continue;
    if (rows.distinct) {
      throw ProgrammingError("insert().from_select(): give a value for " +
                             std::string(query.table->name) + "." + std::string(column.name) +
                             ", its default cannot be added to this select");
    }
    columns.push_back(column.name);
    rows.columns.push_back(parameter_fragment(column.default_value()));
  }
  // SQLite would take the ON of ON CONFLICT for that of a join.
  if (writer.sqlite() && query.conflict.action != Conflict::Action::error && rows.where.empty()) {
    rows.where = text_fragment("true");
  }
  writer.sql() += " (";
  writer.names(columns);
  writer.sql() += ") ";
  writer.query(rows);
}

void write_set(Writer& writer, const Table& table, const std::vector<Assignment>& assignments) {
  const char* between = " SET ";
  for (const Assignment& assignment : assignments) {
    writer.sql() += between;
    between = ", ";
    writer.name(assignment.column);
    writer.sql() += " = ";
    check_assignment(table, assignment);
    writer.fragment(assignment.value);
  }
}

void write_conflict(Writer& writer, const Query& query) {
  const Conflict& conflict = query.conflict;
  if (conflict.action == Conflict::Action::error) return;
  writer.sql() += " ON CONFLICT";
  if (!conflict.target.empty()) {
    writer.sql() += " (";
    writer.list(conflict.target, false);
    writer.sql() += ')';
    writer.clause(" WHERE ", conflict.index_where, false);
  }
  if (conflict.action == Conflict::Action::nothing) {
    writer.sql() += " DO NOTHING";
    return;
  }
  if (conflict.set.empty()) throw ProgrammingError("on_conflict_do_update() without set()");
  writer.sql() += " DO UPDATE";
  write_set(writer, *query.table, conflict.set);
  writer.clause(" WHERE ", conflict.where);
}

}  // namespace

void write_insert(Writer& writer, const Query& query) {
  writer.sql() += "INSERT INTO ";
  writer.name(query.table->name);
  if (query.from) {
    write_selected(writer, query);
  } else if (!query.cells.empty()) {
    write_cells(writer, query);
  } else {
    write_values(writer, query);
  }
  write_conflict(writer, query);
  writer.returning(query);
}

void write_update(Writer& writer, const Query& query) {
  if (query.values.empty() || query.values.front().empty()) {
    throw ProgrammingError("update() without set()");
  }
  writer.sql() += "UPDATE ";
  writer.name(query.table->name);
  write_set(writer, *query.table, query.values.front());
  writer.clause(" WHERE ", query.where);
  writer.returning(query);
}

void write_delete(Writer& writer, const Query& query) {
  writer.sql() += "DELETE FROM ";
  writer.name(query.table->name);
  writer.clause(" WHERE ", query.where);
  writer.returning(query);
}

}  // namespace plinth::db
