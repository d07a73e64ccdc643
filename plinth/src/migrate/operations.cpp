// Operations as SQL.
#include <stdexcept>

#include "db/quote_list.hpp"
#include "plinth/migrate.hpp"

namespace plinth {

using db::Dialect;
using db::quoted;

void Operations::make_table(const std::string& name, std::vector<sa::TableItem> items) {
  for (auto& sql : sa::create_table(name, items, dialect_)) execute(std::move(sql));
}

void Operations::drop_table(const std::string& name) { execute("DROP TABLE " + quoted(name)); }

void Operations::rename_table(const std::string& from, const std::string& to) {
  alter(from, "RENAME TO " + quoted(to));
}

void Operations::create_index(const std::string& name, const std::string& table,
                              std::vector<sa::IndexItem> on, sa::IndexOptions options) {
  execute(sa::create_index(name, table, on, options, dialect_));
}

void Operations::drop_index(const std::string& name) { execute("DROP INDEX " + quoted(name)); }

void Operations::add_column(const std::string& table, sa::Column column) {
  alter(table, "ADD COLUMN " + sa::column_sql(column, false, dialect_));
}

void Operations::drop_column(const std::string& table, const std::string& column) {
  alter(table, "DROP COLUMN " + quoted(column));
}

void Operations::rename_column(const std::string& table, const std::string& from,
                               const std::string& to) {
  alter(table, "RENAME COLUMN " + quoted(from) + " TO " + quoted(to));
}

void Operations::create_unique_constraint(const std::string& name, const std::string& table,
                                          std::vector<std::string> columns) {
  sa::UniqueConstraint constraint;
  constraint.columns = std::move(columns);
  constraint.name = name;
  add_constraint(table, std::move(constraint));
}

void Operations::create_foreign_key(const std::string& name, const std::string& table,
                                    const std::string& referred_table,
                                    std::vector<std::string> columns,
                                    std::vector<std::string> referred,
                                    const std::string& ondelete) {
  for (auto& column : referred) column = referred_table + "." + column;
  add_constraint(table, sa::ForeignKeyConstraint(std::move(columns), std::move(referred),
                                                 {.name = name, .ondelete = ondelete}));
}

void Operations::create_check_constraint(const std::string& name, const std::string& table,
                                         const std::string& condition) {
  add_constraint(table, sa::CheckConstraint(condition, name));
}

void Operations::drop_constraint(const std::string& name, const std::string& table) {
  if (dialect_ == Dialect::sqlite) {
    throw std::logic_error("SQLite cannot drop the constraint " + name + " of " + table +
                           "; make the table anew and copy its rows");
  }
  alter(table, "DROP CONSTRAINT " + quoted(name));
}

void Operations::execute(std::string sql) { statements_.push_back(std::move(sql)); }

void Operations::add_constraint(const std::string& table, const sa::TableItem& constraint) {
  if (dialect_ == Dialect::sqlite) {
    throw std::logic_error("SQLite cannot add a constraint to " + table +
                           ", which exists; give it to create_table, or use a unique index");
  }
  alter(table, "ADD " + sa::constraint_sql(constraint));
}

void Operations::alter(const std::string& table, const std::string& change) {
  execute("ALTER TABLE " + quoted(table) + " " + change);
}

}  // namespace plinth
