// Tables that are made and dropped, in an order that their foreign keys allow. Foreign keys in a
// circle, or to a key that is not there yet, come afterwards.
#include <algorithm>
#include <utility>

#include "migrate/differences.hpp"

namespace plinth::migrate::autogenerate {

namespace {

std::vector<const sa::Table*> only_in(const std::vector<sa::Table>& tables,
                                      const std::vector<sa::Table>& others) {
  std::vector<const sa::Table*> only;
  for (const auto& table : tables) {
    if (!find_table(others, table.name)) only.push_back(&table);
  }
  return only;
}

std::string target_of(const sa::ForeignKeyConstraint& key) {
  return key.targets.front().substr(0, key.targets.front().rfind('.'));
}

bool has_key(const sa::Table& table, std::vector<std::string> columns) {
  std::ranges::sort(columns);
  return std::ranges::any_of(table.items, [&](const sa::TableItem& item) {
    std::vector<std::string> own;
    if (const auto* key = std::get_if<sa::PrimaryKeyConstraint>(&item)) own = key->columns;
    if (const auto* unique = std::get_if<sa::UniqueConstraint>(&item)) own = unique->columns;
    std::ranges::sort(own);
    return own == columns;
  });
}

// Whether the key that it refers to, in a table that stays, is there all the time.
bool is_firm(const Differences& differences, const sa::ForeignKeyConstraint& key) {
  const auto* before = find_table(differences.live.tables, target_of(key));
  const auto* after = find_table(differences.wanted.tables, target_of(key));
  if (!before || !after || differences.dialect == db::Dialect::sqlite) return true;
  std::vector<std::string> columns;
  for (const auto& target : key.targets) columns.push_back(target.substr(target.rfind('.') + 1));
  const bool retyped = std::ranges::any_of(columns, [&](const std::string& column) {
    return std::ranges::count(differences.retyped, ColumnName{before->name, column}) > 0;
  });
  return !retyped && has_key(*before, columns) && has_key(*after, columns);
}

// Tables, each after those it refers to; and the foreign keys that stood against that.
struct Sorted {
  std::vector<sa::Table> tables;
  std::vector<CreateConstraint> waiting;
};

class Sorter {
 public:
  Sorter(const std::vector<const sa::Table*>& tables, const Differences& differences)
      : tables_(tables), differences_(differences) {
    for (const auto* table : tables) visit(*table);
  }
  Sorted take() { return std::move(sorted_); }

 private:
  bool is_begun(const std::string& name) const { return std::ranges::count(begun_, name) > 0; }

  bool must_wait(const sa::Table& table, const sa::ForeignKeyConstraint& key) const {
    const auto target = target_of(key);
    if (!is_firm(differences_, key)) return true;
    return target != table.name && is_begun(target) && !find_table(sorted_.tables, target);
  }

  void visit(const sa::Table& table) {
    if (is_begun(table.name)) return;
    begun_.push_back(table.name);
    for (const auto& item : table.items) {
      const auto* key = std::get_if<sa::ForeignKeyConstraint>(&item);
      if (!key) continue;
      for (const auto* other : tables_) {
        if (other->name == target_of(*key)) visit(*other);
      }
    }
    auto made = table;
    made.items.clear();
    for (const auto& item : table.items) {
      const auto* key = std::get_if<sa::ForeignKeyConstraint>(&item);
      if (!key || !must_wait(table, *key)) {
        made.items.push_back(item);
        continue;
      }
      CreateConstraint later{.table = table.name, .constraint = item};
      if (name_of(item).empty()) {
        set_name(later.constraint, default_name(table, item, differences_.dialect));
      }
      sorted_.waiting.push_back(std::move(later));
    }
    sorted_.tables.push_back(std::move(made));
  }

  const std::vector<const sa::Table*>& tables_;
  const Differences& differences_;
  std::vector<std::string> begun_;
  Sorted sorted_;
};

// The shape of a table, whatever its name.
std::vector<std::string> shape_of(const sa::Table& table, db::Dialect dialect) {
  std::vector<std::string> shape;
  for (const auto* column : columns_of(table)) {
    shape.push_back(column->name + " " + stored_type(table, *column, dialect));
  }
  std::ranges::sort(shape);
  return shape;
}

std::vector<std::string> drop_notes(const Differences& differences, const sa::Table& table,
                                    const std::vector<const sa::Table*>& added) {
  const auto shape = shape_of(table, differences.dialect);
  for (const auto* other : added) {
    if (shape_of(*other, differences.dialect) != shape) continue;
    return {"This loses the rows of " + table.name +
                ". Was it renamed? Then write, instead of this "
                "and the new table,",
            "op.rename_table(\"" + table.name + "\", \"" + other->name + "\");"};
  }
  return {"No model has the table " + table.name +
          ". This loses its rows: take the line away when "
          "it is someone else's."};
}

// Names of the indexes that stand behind constraints: one schema has each once.
std::vector<std::string> names_in(const sa::Table& table) {
  std::vector<std::string> names;
  for (const auto& index : table.indexes) names.push_back(index.name);
  for (const auto& item : table.items) {
    if (std::holds_alternative<sa::PrimaryKeyConstraint>(item) ||
        std::holds_alternative<sa::UniqueConstraint>(item)) {
      if (!name_of(item).empty()) names.push_back(name_of(item));
    }
  }
  return names;
}

bool names_meet(const std::vector<const sa::Table*>& left,
                const std::vector<const sa::Table*>& right) {
  for (const auto* one : left) {
    const auto names = names_in(*one);
    for (const auto* other : right) {
      for (const auto& name : names_in(*other)) {
        if (std::ranges::count(names, name) > 0) return true;
      }
    }
  }
  return false;
}

void clear_enum_defaults(const Differences& differences, sa::Table& table) {
  for (auto& item : table.items) {
    auto* column = std::get_if<sa::Column>(&item);
    if (column &&
        std::ranges::count(differences.enum_defaults, ColumnName{table.name, column->name}) > 0) {
      column->options.server_default.clear();
    }
  }
}

// They could not be kept while the values change.
void drop_enum_checks(Differences& differences, sa::Table& table) {
  std::erase_if(table.items, [&](const sa::TableItem& item) {
    const auto* check = std::get_if<sa::CheckConstraint>(&item);
    if (!check || !names_altered_enum(differences, check->sql)) return false;
    differences.add(Phase::drop_constraints,
                    DropConstraint{.table = table.name, .constraint = *check});
    return true;
  });
}

void create_tables(Differences& differences, const std::vector<const sa::Table*>& added) {
  auto sorted = Sorter(added, differences).take();
  for (auto& table : sorted.tables) {
    differences.detect("added table '" + table.name + "'");
    for (const auto& index : table.indexes) {
      differences.detect("added index '" + index.name + "' on " + columns_text(index));
      differences.add(Phase::create_indexes, CreateIndex{.table = table.name, .index = index});
    }
    table.indexes.clear();
    differences.add(Phase::create_tables, CreateTable{std::move(table)});
  }
  for (auto& key : sorted.waiting) differences.add(Phase::create_foreign_keys, std::move(key));
}

void drop_tables(Differences& differences, const std::vector<const sa::Table*>& dropped,
                 const std::vector<const sa::Table*>& added) {
  const auto phase = names_meet(dropped, added) ? Phase::drop_tables_first : Phase::drop_tables;
  auto sorted = Sorter(dropped, differences).take();
  std::ranges::reverse(sorted.tables);
  for (auto& table : sorted.tables) {
    differences.detect("removed table '" + table.name + "'");
    for (const auto& index : table.indexes) {
      differences.add(Phase::drop_indexes, DropIndex{.table = table.name, .index = index});
    }
    auto notes = drop_notes(differences, table, added);
    table.indexes.clear();
    clear_enum_defaults(differences, table);
    drop_enum_checks(differences, table);
    differences.add(phase, DropTable{std::move(table)}, std::move(notes));
  }
  for (const auto& key : sorted.waiting) {
    differences.add(Phase::drop_foreign_keys,
                    DropConstraint{.table = key.table, .constraint = key.constraint});
  }
}

}  // namespace

void compare_tables(Differences& differences) {
  const auto added = only_in(differences.wanted.tables, differences.live.tables);
  const auto dropped = only_in(differences.live.tables, differences.wanted.tables);
  create_tables(differences, added);
  drop_tables(differences, dropped, added);
}

}  // namespace plinth::migrate::autogenerate
