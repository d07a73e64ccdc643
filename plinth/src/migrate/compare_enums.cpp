// Enumerations: types of PostgreSQL. On SQLite, where they are texts, those that tables begin to
// use are made all the same, so that the revision can run on both.
#include <algorithm>
#include <utility>

#include "db/sql_text.hpp"
#include "migrate/differences.hpp"

namespace plinth::migrate::autogenerate {

namespace {

const sa::Type* find_enum(const std::vector<sa::Type>& enums, const std::string& name) {
  for (const auto& type : enums) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<sa::Type> enums_of(const std::vector<sa::Table>& tables) {
  std::vector<sa::Type> enums;
  for (const auto& table : tables) {
    for (const auto* column : columns_of(table)) {
      const auto* type = enum_in(column->type);
      if (type && !find_enum(enums, type->name)) enums.push_back(*type);
    }
  }
  return enums;
}

// SQLite does not tell which columns are enumerations: those that the models say are, and that
// are there.
std::vector<sa::Type> enums_in_use(const Differences& differences) {
  if (differences.dialect == db::Dialect::postgresql) return differences.live.enums;
  std::vector<sa::Table> tables;
  for (const auto& pair : pairs_of(differences.live, differences.wanted)) {
    auto& table = tables.emplace_back();
    for (const auto* column : columns_of(pair.wanted)) {
      if (find_column(pair.live, column->name)) table.items.emplace_back(*column);
    }
  }
  return enums_of(tables);
}

bool adds_only(const sa::Type& from, const sa::Type& to) {
  auto next = from.values.begin();
  for (const auto& value : to.values) {
    if (next != from.values.end() && value == *next) ++next;
  }
  return next == from.values.end() && !from.values.empty();
}

// PostgreSQL does not let a transaction use a value that it has added itself.
bool uses_at_once(const Differences& differences, const sa::Type& from, const sa::Type& to) {
  auto has_new_value = [&](const std::string& sql) {
    return std::ranges::any_of(db::tokens_of(sql), [&](const db::SqlToken& token) {
      if (token.kind != db::SqlToken::Kind::string) return false;
      const auto value = token.name();
      return std::ranges::count(to.values, value) > 0 &&
             std::ranges::count(from.values, value) == 0;
    });
  };
  for (const auto& backfill : differences.backfills) {
    if (has_new_value(backfill.value)) return true;
  }
  for (const auto& table : differences.wanted.tables) {
    for (const auto& item : table.items) {
      const auto* column = std::get_if<sa::Column>(&item);
      const auto* check = std::get_if<sa::CheckConstraint>(&item);
      if (column && has_new_value(column->options.server_default)) return true;
      if (check && has_new_value(check->sql)) return true;
    }
    for (const auto& index : table.indexes) {
      if (has_new_value(index.options.where)) return true;
      for (const auto& on : index.on) {
        if (on.is_expression && has_new_value(on.name)) return true;
      }
    }
  }
  return false;
}

void alter_enum(Differences& differences, const sa::Type& from, const sa::Type& to) {
  differences.detect("changed values of enum '" + to.name + "'");
  AlterEnum change{.from = from, .to = to, .uses = {}};
  change.in_place = adds_only(from, to) && !uses_at_once(differences, from, to);
  for (const auto& table : differences.live.tables) {
    const auto* wanted = find_table(differences.wanted.tables, table.name);
    for (const auto* column : columns_of(table)) {
      const auto* type = enum_in(column->type);
      if (!type || type->name != to.name) continue;
      const auto* after = wanted ? find_column(*wanted, column->name) : nullptr;
      const auto* kept = after ? enum_in(after->type) : nullptr;
      const bool stays = kept && kept->name == to.name && after->type.kind == column->type.kind;
      change.uses.push_back({.table = table.name,
                             .column = column->name,
                             .array = column->type.kind == sa::Type::Kind::array,
                             .from_default = column->options.server_default,
                             .to_default = stays ? after->options.server_default : ""});
      differences.enum_defaults.push_back({table.name, column->name});
    }
  }
  if (change.in_place) {
    // The default changes by itself; what undoes this finds the one that was.
    for (auto& use : change.uses) {
      use.to_default = use.from_default;
      differences.enum_defaults.pop_back();
    }
  }
  differences.altered_enums.push_back(std::move(change));
}

bool names(const std::string& sql, const std::string& type) {
  return std::ranges::any_of(db::tokens_of(sql), [&](const db::SqlToken& token) {
    return token.is_name() && token.name() == type;
  });
}

}  // namespace

const sa::Type* enum_in(const sa::Type& type) {
  if (type.kind == sa::Type::Kind::array) return enum_in(type.element.at(0));
  return type.kind == sa::Type::Kind::enumeration ? &type : nullptr;
}

void note_enum_in(Differences& differences, const std::string& table, const sa::TableItem& check) {
  for (auto& change : differences.altered_enums) {
    if (!names(std::get<sa::CheckConstraint>(check).sql, change.to.name)) continue;
    change.checks.push_back({.table = table, .constraint = check});
  }
}

void note_enum_in(Differences& differences, const std::string& table, const sa::Index& index) {
  for (auto& change : differences.altered_enums) {
    const bool about = names(index.options.where, change.to.name) ||
                       std::ranges::any_of(index.on, [&](const sa::IndexItem& item) {
                         return item.is_expression && names(item.name, change.to.name);
                       });
    if (about) change.indexes.push_back({.table = table, .index = index});
  }
}

bool names_altered_enum(const Differences& differences, const std::string& sql) {
  return std::ranges::any_of(differences.altered_enums,
                             [&](const AlterEnum& change) { return names(sql, change.to.name); });
}

void finish_enums(Differences& differences) {
  for (auto& change : differences.altered_enums) {
    std::vector<std::string> notes;
    if (!change.in_place) {
      notes = {"The type is made anew; refused while rows hold a value that it loses."};
    }
    differences.add(Phase::alter_enums, std::move(change), std::move(notes));
  }
}

void compare_enums(Differences& differences) {
  const auto wanted = enums_of(differences.wanted.tables);
  const auto there = enums_in_use(differences);
  for (const auto& type : wanted) {
    const auto* before = find_enum(there, type.name);
    if (!before) {
      differences.detect("added enum '" + type.name + "'");
      differences.add(Phase::create_enums, CreateEnum{type});
    } else if (before->values != type.values) {
      alter_enum(differences, *before, type);
    }
  }
  if (differences.dialect == db::Dialect::sqlite) return;
  // One that no table used is not ours.
  for (const auto& type : enums_of(differences.live.tables)) {
    if (find_enum(wanted, type.name)) continue;
    differences.detect("removed enum '" + type.name + "'");
    differences.add(Phase::drop_enums, DropEnum{type});
  }
}

}  // namespace plinth::migrate::autogenerate
