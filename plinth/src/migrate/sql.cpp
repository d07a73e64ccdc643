#include "migrate/sql.hpp"

#include "db/quote_list.hpp"
#include "migrate/history.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

constexpr std::size_t rows_per_insert = 100;

std::string alter(const std::string& table, const std::string& change) {
  return "ALTER TABLE " + db::quoted(table) + " " + change;
}

bool only_renames(const sa::AlterColumn& to) {
  return !to.type && !to.nullable && !to.server_default;
}

// As Alembic orders them: the type, then what depends on it, and the new name last.
std::vector<std::string> alter_column_sql(const AlterColumn& change, Dialect dialect) {
  const auto& to = change.to;
  std::vector<std::string> all;
  const auto column = "ALTER COLUMN " + db::quoted(change.column) + " ";
  const bool new_default = to.server_default && !to.server_default->empty();
  if (to.type) {
    // A default that has no cast to the new type would stop the change.
    if (new_default) all.push_back(alter(change.table, column + "DROP DEFAULT"));
    auto sql = column + "TYPE " + sa::type_sql(*to.type, dialect);
    if (!to.postgresql_using.empty()) sql += " USING " + to.postgresql_using;
    all.push_back(alter(change.table, sql));
  }
  if (to.nullable) {
    all.push_back(alter(change.table, column + (*to.nullable ? "DROP NOT NULL" : "SET NOT NULL")));
  }
  if (to.server_default) {
    all.push_back(
        alter(change.table,
              column + (new_default ? "SET DEFAULT " + sa::default_sql(*to.server_default, dialect)
                                    : std::string("DROP DEFAULT"))));
  }
  if (!to.new_column_name.empty()) {
    all.push_back(alter(change.table,
                        std::string("RENAME ") + (dialect == Dialect::sqlite ? "COLUMN " : "") +
                            db::quoted(change.column) + " TO " + db::quoted(to.new_column_name)));
  }
  return all;
}

std::string drop_index_sql(const DropIndex& change, Dialect dialect) {
  std::string sql = "DROP INDEX ";
  if (dialect == Dialect::postgresql && change.options.postgresql_concurrently) {
    sql += "CONCURRENTLY ";
  }
  if (change.options.if_exists) sql += "IF EXISTS ";
  return sql + db::quoted(change.name);
}

std::string add_constraint_sql(const AddConstraint& change) {
  if (!change.unique.postgresql_using_index.empty()) {
    const auto& name = std::get<sa::UniqueConstraint>(change.constraint).name;
    return alter(change.table, "ADD CONSTRAINT " + db::quoted(name) + " UNIQUE USING INDEX " +
                                   db::quoted(change.unique.postgresql_using_index));
  }
  auto sql = "ADD " + sa::constraint_sql(change.constraint);
  if (change.unique.deferrable) sql += " DEFERRABLE";
  if (!change.unique.initially.empty()) sql += " INITIALLY " + change.unique.initially;
  if (change.not_valid) sql += " NOT VALID";
  return alter(change.table, sql);
}

[[noreturn]] void fail_offline(const std::string& table) {
  throw CommandError("SQLite cannot alter the table " + table +
                     " in place, and --sql cannot look at it; upgrade without --sql, or make the "
                     "new table in the revision by create_table, execute(\"INSERT INTO … SELECT "
                     "…\"), drop_table and rename_table");
}

bool is_constant(const std::string& default_sql) {
  return !default_sql.starts_with('(') && !default_sql.starts_with("CURRENT_");
}

std::vector<std::string> insert_sql(const BulkInsert& insert, Dialect dialect) {
  std::vector<std::string> all;
  const auto head = "INSERT INTO " + db::quoted(insert.table) + " (" +
                    db::quoted_list(insert.columns) + ") VALUES ";
  std::string sql;
  for (std::size_t i = 0; i < insert.rows.size(); ++i) {
    const auto& row = insert.rows[i];
    if (row.size() != insert.columns.size()) {
      throw std::logic_error("bulk_insert into " + insert.table + ": row " + std::to_string(i + 1) +
                             " has " + std::to_string(row.size()) + " values for " +
                             std::to_string(insert.columns.size()) + " columns");
    }
    sql += (sql.empty() ? head : ", ") + "(";
    for (std::size_t j = 0; j < row.size(); ++j) {
      sql += (j > 0 ? ", " : "") + literal_sql(row[j].value, dialect);
    }
    sql += ")";
    if (i % rows_per_insert + 1 == rows_per_insert || i + 1 == insert.rows.size()) {
      all.push_back(std::move(sql));
      sql.clear();
    }
  }
  return all;
}

std::string enum_value_sql(const AddEnumValue& add) {
  auto sql = "ALTER TYPE " + db::quoted(add.name) + " ADD VALUE " +
             quoted_text(add.value, Dialect::postgresql);
  if (!add.place.before.empty()) {
    sql += " BEFORE " + quoted_text(add.place.before, Dialect::postgresql);
  } else if (!add.place.after.empty()) {
    sql += " AFTER " + quoted_text(add.place.after, Dialect::postgresql);
  }
  return sql;
}

using Statements = std::vector<std::string>;

struct StepSql {
  Dialect dialect;

  bool postgresql() const { return dialect == Dialect::postgresql; }
  Statements only_postgresql(std::string sql) const {
    return postgresql() ? Statements{std::move(sql)} : Statements{};
  }

  Statements operator()(const Batch& batch) const {
    Statements all;
    for (const auto& change : batch.changes) {
      for (auto& sql : change_sql(change, dialect)) all.push_back(std::move(sql));
    }
    return all;
  }
  Statements operator()(const CreateTable& step) const {
    return sa::create_table(step.table, step.items, dialect);
  }
  Statements operator()(const DropTable& step) const {
    return {"DROP TABLE " + db::quoted(step.table)};
  }
  Statements operator()(const RenameTable& step) const {
    return {alter(step.from, "RENAME TO " + db::quoted(step.to))};
  }
  Statements operator()(const ValidateConstraint& step) const {
    return only_postgresql(alter(step.table, "VALIDATE CONSTRAINT " + db::quoted(step.name)));
  }
  Statements operator()(const CreateEnum& step) const {
    return only_postgresql(sa::create_enum(sa::Enum(step.name, step.values)));
  }
  Statements operator()(const DropEnum& step) const {
    return only_postgresql("DROP TYPE " + db::quoted(step.name));
  }
  Statements operator()(const AddEnumValue& step) const {
    return only_postgresql(enum_value_sql(step));
  }
  Statements operator()(const RenameEnumValue& step) const {
    return only_postgresql("ALTER TYPE " + db::quoted(step.name) + " RENAME VALUE " +
                           quoted_text(step.from, dialect) + " TO " +
                           quoted_text(step.to, dialect));
  }
  Statements operator()(const Execute& step) const { return {step.sql}; }
  Statements operator()(const BulkInsert& step) const { return insert_sql(step, dialect); }
};

}  // namespace

std::vector<std::string> step_sql(const Step& step, Dialect dialect) {
  return std::visit(StepSql{dialect}, step);
}

std::vector<std::string> change_sql(const Change& change, Dialect dialect) {
  // Dropping a column is tried in place where nothing can be known of the table.
  if (dialect == Dialect::sqlite && needs_new_table(change) &&
      !std::holds_alternative<DropColumn>(change)) {
    fail_offline(std::visit([](const auto& what) { return what.table; }, change));
  }
  return std::visit(
      Cases{[&](const AddColumn& add) -> Statements {
              return {alter(add.table, "ADD COLUMN " + sa::column_sql(add.column, false, dialect))};
            },
            [&](const DropColumn& drop) -> Statements {
              return {alter(drop.table, "DROP COLUMN " + db::quoted(drop.column))};
            },
            [&](const AlterColumn& to) -> Statements { return alter_column_sql(to, dialect); },
            [&](const CreateIndex& make) -> Statements {
              return {sa::create_index(make.name, make.table, make.on, make.options, dialect)};
            },
            [&](const DropIndex& drop) -> Statements { return {drop_index_sql(drop, dialect)}; },
            [&](const AddConstraint& add) -> Statements { return {add_constraint_sql(add)}; },
            [&](const DropConstraint& drop) -> Statements {
              return {alter(drop.table, "DROP CONSTRAINT " + db::quoted(drop.name))};
            }},
      change);
}

bool needs_new_table(const Change& change) {
  return std::visit(
      Cases{[](const AddColumn& add) {
              const auto& options = add.column.options;
              if (options.server_default.empty()) return !options.nullable;
              return !is_constant(sa::default_sql(options.server_default, Dialect::sqlite));
            },
            [](const DropColumn&) { return true; },
            [](const AlterColumn& alter_to) { return !only_renames(alter_to.to); },
            [](const CreateIndex&) { return false; }, [](const DropIndex&) { return false; },
            [](const AddConstraint&) { return true; }, [](const DropConstraint&) { return true; }},
      change);
}

bool needs_new_table(const Batch& batch) {
  for (const auto& change : batch.changes) {
    if (needs_new_table(change)) return true;
  }
  return false;
}

bool needs_new_table(const Recorded& recorded) {
  for (const auto& step : recorded.steps) {
    const auto* batch = std::get_if<Batch>(&step);
    if (batch && needs_new_table(*batch)) return true;
  }
  return false;
}

}  // namespace plinth::migrate
