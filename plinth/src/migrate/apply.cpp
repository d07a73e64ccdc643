#include "migrate/apply.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "migrate/blocks.hpp"

namespace plinth::migrate::autogenerate {

namespace {

// Operations with the table put in front, as BatchOperations has it built in.
class OneTable {
 public:
  OneTable(Operations& op, std::string table) : op_(op), table_(std::move(table)) {}

  void add_column(sa::Column column) { op_.add_column(table_, std::move(column)); }
  void drop_column(const std::string& column) { op_.drop_column(table_, column); }
  void alter_column(const std::string& column, sa::AlterColumn to) {
    op_.alter_column(table_, column, std::move(to));
  }
  void create_unique_constraint(const std::string& name, std::vector<std::string> columns) {
    op_.create_unique_constraint(name, table_, std::move(columns));
  }
  void create_foreign_key(const std::string& name, const std::string& referent,
                          std::vector<std::string> local, std::vector<std::string> remote,
                          sa::ForeignKeyOptions options) {
    op_.create_foreign_key(name, table_, referent, std::move(local), std::move(remote),
                           std::move(options));
  }
  void create_check_constraint(const std::string& name, const std::string& condition) {
    op_.create_check_constraint(name, table_, condition);
  }
  void create_primary_key(const std::string& name, std::vector<std::string> columns) {
    op_.create_primary_key(name, table_, std::move(columns));
  }
  void drop_constraint(const std::string& name) { op_.drop_constraint(name, table_); }

 private:
  Operations& op_;
  std::string table_;
};

template <class Target>
struct ApplyConstraint {
  Target& to;

  void operator()(const sa::Column&) const { throw std::logic_error("a column is no constraint"); }
  void operator()(const sa::PrimaryKeyConstraint& key) const {
    to.create_primary_key(key.name, key.columns);
  }
  void operator()(const sa::UniqueConstraint& unique) const {
    to.create_unique_constraint(unique.name, unique.columns);
  }
  void operator()(const sa::CheckConstraint& check) const {
    to.create_check_constraint(check.name, check.sql);
  }
  void operator()(const sa::ForeignKeyConstraint& key) const {
    std::string table;
    std::vector<std::string> remote;
    for (const auto& target : key.targets) {
      const auto dot = target.rfind('.');
      table = target.substr(0, dot);
      remote.push_back(target.substr(dot + 1));
    }
    to.create_foreign_key(key.options.name, table, key.columns, std::move(remote), key.options);
  }
};

// Changes of a table that exists.
template <class Target>
struct ApplyAltering {
  Target& to;

  void operator()(const AddColumn& of) const { to.add_column(of.column); }
  void operator()(const DropColumn& of) const { to.drop_column(of.column.name); }
  void operator()(const AlterColumn& of) const {
    for (const auto& step : steps_of(of)) {
      sa::AlterColumn made;
      if (step.type) {
        made.type = of.to.type;
        made.existing_type = of.from.type;
        made.postgresql_using = using_clause(of);
      }
      if (step.nullable) made.nullable = of.to.options.nullable;
      if (step.server_default) made.server_default = step.value;
      to.alter_column(of.to.name, std::move(made));
    }
  }
  void operator()(const CreateConstraint& of) const {
    std::visit(ApplyConstraint<Target>{to}, of.constraint);
  }
  void operator()(const DropConstraint& of) const { to.drop_constraint(name_of(of.constraint)); }
  template <class Other>
  void operator()(const Other&) const {
    throw std::logic_error("a change that alters no table");
  }
};

sa::Column without_type_made(sa::Column column) {
  for (auto* type = &column.type;; type = &type->element.front()) {
    type->create_type = false;
    if (type->element.empty()) return column;
  }
}

struct Apply {
  Operations& op;

  void operator()(const CreateTable& of) const {
    auto items = of.table.items;
    for (auto& item : items) {
      if (auto* column = std::get_if<sa::Column>(&item)) *column = without_type_made(*column);
    }
    op.create_table(of.table.name, std::move(items));
  }
  void operator()(const DropTable& of) const { op.drop_table(of.table.name); }
  void operator()(const CreateIndex& of) const {
    op.create_index(of.index.name, of.table, of.index.on, of.index.options);
  }
  void operator()(const DropIndex& of) const { op.drop_index(of.index.name, of.table); }
  void operator()(const CreateEnum& of) const { op.create_enum(of.type.name, of.type.values); }
  void operator()(const DropEnum& of) const { op.drop_enum(of.type.name); }
  void operator()(const AlterEnum& of) const {
    if (of.in_place) return add_values(of);
    if (op.dialect() != db::Dialect::postgresql) return;
    for (auto& sql : enum_sql(of)) op.execute(std::move(sql));
  }
  template <class Altering>
  void operator()(const Altering& of) const {
    OneTable table(op, of.table);
    ApplyAltering<OneTable>{table}(of);
    if constexpr (std::is_same_v<Altering, AlterColumn>) {
      auto sql = sequence_sql(of);
      if (!sql.empty() && op.dialect() == db::Dialect::postgresql) op.execute(std::move(sql));
    }
  }

  void add_values(const AlterEnum& of) const {
    const auto& values = of.to.values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::ranges::count(of.from.values, values[i]) > 0) continue;
      sa::EnumPlace place;
      (i > 0 ? place.after : place.before) = i > 0 ? values[i - 1] : of.from.values.front();
      op.add_enum_value(of.to.name, values[i], std::move(place));
    }
  }
};

}  // namespace

void apply(const Changes& changes, Operations& op) {
  for (const auto& block : blocks_of(changes, op.dialect())) {
    if (block.batch.empty()) {
      for (const auto& one : block.changes) std::visit(Apply{op}, one.change);
      continue;
    }
    op.batch_alter_table(block.batch, [&](BatchOperations& batch_op) {
      for (const auto& one : block.changes) {
        std::visit(ApplyAltering<BatchOperations>{batch_op}, one.change);
      }
    });
  }
}

}  // namespace plinth::migrate::autogenerate
