// Operations are recorded here; sql.cpp and rebuild.cpp know what they are in SQL.
#include "migrate/sql.hpp"
#include "migrate/step.hpp"

namespace plinth {

using migrate::Batch;
using migrate::Change;
using migrate::Recorded;

namespace {

sa::TableItem unique_item(const std::string& name, std::vector<std::string> columns) {
  sa::UniqueConstraint unique;
  unique.columns = std::move(columns);
  unique.name = name;
  return unique;
}

sa::TableItem key_item(const std::string& name, std::vector<std::string> columns) {
  sa::PrimaryKeyConstraint key;
  key.columns = std::move(columns);
  key.name = name;
  return key;
}

sa::TableItem foreign_item(const std::string& name, const std::string& referent,
                           std::vector<std::string> local, std::vector<std::string> remote,
                           sa::ForeignKeyOptions options) {
  for (auto& column : remote) column = referent + "." + column;
  options.name = name;
  return sa::ForeignKeyConstraint(std::move(local), std::move(remote), std::move(options));
}

Batch& batch_of(Recorded& recorded) { return std::get<Batch>(recorded.steps.front()); }

void change(Recorded& recorded, const std::string& table, Change what) {
  recorded.steps.emplace_back(Batch{.table = table, .changes = {std::move(what)}});
}

}  // namespace

BatchOperations::BatchOperations(std::string table)
    : table_(std::move(table)), recorded_(std::make_shared<Recorded>()) {
  recorded_->steps.emplace_back(Batch{.table = table_, .changes = {}});
}

void BatchOperations::add_column(sa::Column column) {
  batch_of(*recorded_).changes.push_back(migrate::AddColumn{table_, std::move(column)});
}

void BatchOperations::drop_column(const std::string& column) {
  batch_of(*recorded_).changes.push_back(migrate::DropColumn{table_, column});
}

void BatchOperations::alter_column(const std::string& column, sa::AlterColumn to) {
  batch_of(*recorded_).changes.push_back(migrate::AlterColumn{table_, column, std::move(to)});
}

void BatchOperations::create_index(const std::string& name, std::vector<sa::IndexItem> on,
                                   sa::IndexOptions options) {
  batch_of(*recorded_)
      .changes.push_back(migrate::CreateIndex{name, table_, std::move(on), std::move(options)});
}

void BatchOperations::drop_index(const std::string& name, sa::DropIndexOptions options) {
  batch_of(*recorded_).changes.push_back(migrate::DropIndex{name, table_, options});
}

void BatchOperations::create_unique_constraint(const std::string& name,
                                               std::vector<std::string> columns,
                                               sa::UniqueOptions options) {
  batch_of(*recorded_)
      .changes.push_back(migrate::AddConstraint{table_, unique_item(name, std::move(columns)),
                                                false, std::move(options)});
}

void BatchOperations::create_foreign_key(const std::string& name, const std::string& referent,
                                         std::vector<std::string> local,
                                         std::vector<std::string> remote,
                                         sa::ForeignKeyOptions options) {
  const bool not_valid = options.postgresql_not_valid;
  batch_of(*recorded_)
      .changes.push_back(migrate::AddConstraint{
          table_,
          foreign_item(name, referent, std::move(local), std::move(remote), std::move(options)),
          not_valid});
}

void BatchOperations::create_check_constraint(const std::string& name, const std::string& condition,
                                              sa::CheckOptions options) {
  batch_of(*recorded_)
      .changes.push_back(migrate::AddConstraint{table_, sa::CheckConstraint(condition, name),
                                                options.postgresql_not_valid});
}

void BatchOperations::create_primary_key(const std::string& name,
                                         std::vector<std::string> columns) {
  batch_of(*recorded_)
      .changes.push_back(migrate::AddConstraint{table_, key_item(name, std::move(columns))});
}

void BatchOperations::drop_constraint(const std::string& name) {
  batch_of(*recorded_).changes.push_back(migrate::DropConstraint{table_, name});
}

Operations::Operations(db::Dialect dialect)
    : dialect_(dialect), recorded_(std::make_shared<Recorded>()) {}

void Operations::make_table(const std::string& name, std::vector<sa::TableItem> items) {
  recorded_->steps.emplace_back(migrate::CreateTable{name, std::move(items)});
}

void Operations::drop_table(const std::string& name) {
  recorded_->steps.emplace_back(migrate::DropTable{name});
}

void Operations::rename_table(const std::string& from, const std::string& to) {
  recorded_->steps.emplace_back(migrate::RenameTable{from, to});
}

void Operations::add_column(const std::string& table, sa::Column column) {
  change(*recorded_, table, migrate::AddColumn{table, std::move(column)});
}

void Operations::drop_column(const std::string& table, const std::string& column) {
  change(*recorded_, table, migrate::DropColumn{table, column});
}

void Operations::alter_column(const std::string& table, const std::string& column,
                              sa::AlterColumn to) {
  change(*recorded_, table, migrate::AlterColumn{table, column, std::move(to)});
}

void Operations::rename_column(const std::string& table, const std::string& from,
                               const std::string& to) {
  alter_column(table, from, {.new_column_name = to});
}

void Operations::create_index(const std::string& name, const std::string& table,
                              std::vector<sa::IndexItem> on, sa::IndexOptions options) {
  change(*recorded_, table, migrate::CreateIndex{name, table, std::move(on), std::move(options)});
}

void Operations::drop_index(const std::string& name, const std::string& table,
                            sa::DropIndexOptions options) {
  change(*recorded_, table, migrate::DropIndex{name, table, options});
}

void Operations::create_unique_constraint(const std::string& name, const std::string& table,
                                          std::vector<std::string> columns,
                                          sa::UniqueOptions options) {
  batch_alter_table(table, [&](BatchOperations& batch_op) {
    batch_op.create_unique_constraint(name, std::move(columns), std::move(options));
  });
}

void Operations::create_foreign_key(const std::string& name, const std::string& source,
                                    const std::string& referent, std::vector<std::string> local,
                                    std::vector<std::string> remote,
                                    sa::ForeignKeyOptions options) {
  batch_alter_table(source, [&](BatchOperations& batch_op) {
    batch_op.create_foreign_key(name, referent, std::move(local), std::move(remote),
                                std::move(options));
  });
}

void Operations::create_check_constraint(const std::string& name, const std::string& table,
                                         const std::string& condition, sa::CheckOptions options) {
  batch_alter_table(table, [&](BatchOperations& batch_op) {
    batch_op.create_check_constraint(name, condition, options);
  });
}

void Operations::create_primary_key(const std::string& name, const std::string& table,
                                    std::vector<std::string> columns) {
  batch_alter_table(table, [&](BatchOperations& batch_op) {
    batch_op.create_primary_key(name, std::move(columns));
  });
}

void Operations::drop_constraint(const std::string& name, const std::string& table) {
  change(*recorded_, table, migrate::DropConstraint{table, name});
}

void Operations::validate_constraint(const std::string& name, const std::string& table) {
  recorded_->steps.emplace_back(migrate::ValidateConstraint{table, name});
}

void Operations::create_enum(const std::string& name, std::vector<std::string> values) {
  recorded_->steps.emplace_back(migrate::CreateEnum{name, std::move(values)});
}

void Operations::drop_enum(const std::string& name) {
  recorded_->steps.emplace_back(migrate::DropEnum{name});
}

void Operations::add_enum_value(const std::string& name, const std::string& value,
                                sa::EnumPlace place) {
  recorded_->steps.emplace_back(migrate::AddEnumValue{name, value, std::move(place)});
}

void Operations::rename_enum_value(const std::string& name, const std::string& from,
                                   const std::string& to) {
  recorded_->steps.emplace_back(migrate::RenameEnumValue{name, from, to});
}

void Operations::execute(std::string sql) {
  recorded_->steps.emplace_back(migrate::Execute{std::move(sql)});
}

void Operations::bulk_insert(const std::string& table, std::vector<std::string> columns,
                             std::vector<std::vector<sa::Literal>> rows) {
  recorded_->steps.emplace_back(migrate::BulkInsert{table, std::move(columns), std::move(rows)});
}

void Operations::add_batch(BatchOperations batch) {
  recorded_->steps.push_back(std::move(batch.recorded_->steps.front()));
}

std::vector<std::string> Operations::statements() const {
  std::vector<std::string> all;
  for (const auto& step : recorded_->steps) {
    for (auto& sql : migrate::step_sql(step, dialect_)) all.push_back(std::move(sql));
  }
  return all;
}

}  // namespace plinth
