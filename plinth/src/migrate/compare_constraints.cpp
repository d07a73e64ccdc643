#include <algorithm>
#include <utility>

#include "db/sql_text.hpp"
#include "migrate/differences.hpp"

namespace plinth::migrate::autogenerate {

namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

std::string listed(const std::vector<std::string>& names, std::string_view between = ",") {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += between;
    text += name;
  }
  return text;
}

// A name for a constraint of a table that exists: it must have one to be dropped again.
std::string free_name(const TablePair& pair, const sa::TableItem& constraint, db::Dialect dialect) {
  const auto base = default_name(pair.wanted, constraint, dialect);
  auto name = base;
  auto taken = [&](const sa::Table& table) {
    return std::ranges::any_of(table.items, [&](const sa::TableItem& item) {
      return !std::holds_alternative<sa::Column>(item) && name_of(item) == name;
    });
  };
  for (int i = 1; taken(pair.live) || taken(pair.wanted); ++i) name = base + std::to_string(i);
  return name;
}

void add_constraint(Differences& differences, const TablePair& pair, sa::TableItem item,
                    Phase phase = Phase::create_constraints) {
  if (name_of(item).empty()) set_name(item, free_name(pair, item, differences.dialect));
  differences.add(phase,
                  CreateConstraint{.table = pair.wanted.name, .constraint = std::move(item)});
}

void drop_constraint(Differences& differences, const TablePair& pair, sa::TableItem item,
                     Phase phase = Phase::drop_constraints) {
  if (name_of(item).empty()) set_name(item, default_name(pair.live, item, differences.dialect));
  differences.add(phase, DropConstraint{.table = pair.live.name, .constraint = std::move(item)});
}

// What two constraints of one kind have in common when they are the same.
struct Signature {
  std::string operator()(const sa::Column&) const { return {}; }
  std::string operator()(const sa::PrimaryKeyConstraint& key) const {
    return "primary key (" + listed(key.columns) + ")";
  }
  std::string operator()(const sa::UniqueConstraint& unique) const {
    return "unique (" + listed(sorted(unique.columns)) + ")";
  }
  std::string operator()(const sa::CheckConstraint& check) const {
    return "check " + db::normalized(check.sql);
  }
  std::string operator()(const sa::ForeignKeyConstraint& key) const {
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      pairs.push_back(key.columns[i] + "=" + key.targets[i]);
    }
    return "foreign key (" + listed(sorted(pairs)) + ") " + key.options.ondelete + " " +
           key.options.onupdate;
  }
};
std::string signature(const sa::TableItem& item) { return std::visit(Signature{}, item); }

bool is_foreign_key(const sa::TableItem& item) {
  return std::holds_alternative<sa::ForeignKeyConstraint>(item);
}

constexpr std::size_t none = static_cast<std::size_t>(-1);

// The place of the same constraint in the live table, that is not taken. A name counts when the
// model gives one, but not of a foreign key, as in Alembic.
std::size_t find_same(const TablePair& pair, std::size_t wanted, std::vector<bool>& taken) {
  const auto& item = pair.wanted_spelled.items[wanted];
  const auto& name = name_of(pair.wanted.items[wanted]);
  const auto looked_for = signature(item);
  for (std::size_t i = 0; i < pair.live_spelled.items.size(); ++i) {
    const auto& other = pair.live_spelled.items[i];
    if (taken[i] || other.index() != item.index() || signature(other) != looked_for) continue;
    if (!name.empty() && !is_foreign_key(item) && name_of(pair.live.items[i]) != name) continue;
    taken[i] = true;
    return i;
  }
  return none;
}

// For each wanted constraint the place of its live one.
std::vector<std::size_t> matched(const TablePair& pair) {
  std::vector<bool> taken(pair.live.items.size());
  std::vector<std::size_t> same;
  for (std::size_t i = 0; i < pair.wanted.items.size(); ++i) {
    const bool is_column = std::holds_alternative<sa::Column>(pair.wanted.items[i]);
    same.push_back(is_column ? none : find_same(pair, i, taken));
  }
  return same;
}

// On SQLite an unnamed constraint is dropped by the name it would have on PostgreSQL. Where several
// have one name, all are made anew when one is dropped.
void separate_namesakes(const TablePair& pair, db::Dialect dialect,
                        std::vector<std::size_t>& same) {
  if (dialect != db::Dialect::sqlite) return;
  std::vector<std::string> dropped;
  for (std::size_t i = 0; i < pair.live.items.size(); ++i) {
    const auto& item = pair.live.items[i];
    if (std::holds_alternative<sa::Column>(item) || std::ranges::count(same, i) > 0) continue;
    if (name_of(item).empty()) dropped.push_back(default_name(pair.live, item, dialect));
  }
  for (auto& place : same) {
    if (place == none || !name_of(pair.live.items[place]).empty()) continue;
    const auto name = default_name(pair.live, pair.live.items[place], dialect);
    if (std::ranges::count(dropped, name) > 0) place = none;
  }
}

std::string subject(const sa::TableItem& item, const std::string& table) {
  const auto& name = name_of(item);
  const auto shown = name.empty() ? std::string("None") : "'" + name + "'";
  if (const auto* unique = std::get_if<sa::UniqueConstraint>(&item)) {
    return "unique constraint " + shown + " on '(" + listed(unique->columns, ", ") + ")' of '" +
           table + "'";
  }
  if (std::holds_alternative<sa::CheckConstraint>(item)) {
    return "check constraint " + shown + " on '" + table + "'";
  }
  if (const auto* key = std::get_if<sa::ForeignKeyConstraint>(&item)) {
    std::vector<std::string> remote;
    for (const auto& target : key->targets) remote.push_back(target.substr(target.rfind('.') + 1));
    return "foreign key (" + listed(key->columns) + ")(" + listed(remote) + ") on table " + table;
  }
  return "primary key " + shown + " on '" + table + "'";
}

void note_dropped_key(Differences& differences, const std::string& table,
                      const sa::TableItem& item) {
  if (const auto* key = std::get_if<sa::PrimaryKeyConstraint>(&item)) {
    differences.dropped_keys.push_back(table + "(" + listed(sorted(key->columns)) + ")");
  }
  if (const auto* unique = std::get_if<sa::UniqueConstraint>(&item)) {
    differences.dropped_keys.push_back(table + "(" + listed(sorted(unique->columns)) + ")");
  }
}

// Whether a foreign key that stays must be made anew, since what it is about changes.
bool is_shaken(const Differences& differences, const std::string& table,
               const sa::ForeignKeyConstraint& key) {
  auto retyped = [&](const ColumnName& name) {
    return std::ranges::count(differences.retyped, name) > 0;
  };
  std::vector<std::string> remote;
  std::string referred;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const auto& target = key.targets[i];
    const auto dot = target.rfind('.');
    referred = target.substr(0, dot);
    remote.push_back(target.substr(dot + 1));
    if (retyped({table, key.columns[i]}) || retyped({referred, remote.back()})) return true;
  }
  return std::ranges::count(differences.dropped_keys,
                            referred + "(" + listed(sorted(remote)) + ")") > 0;
}

std::string item_text(const sa::IndexItem& item) {
  return item.is_expression ? db::normalized(item.name) : item.name;
}

std::string index_text(const sa::Index& index) {
  std::string text = index.options.unique ? "unique " : "";
  text += index.options.postgresql_using + " (";
  for (const auto& item : index.on) text += item_text(item) + ", ";
  return text + ") where " + db::normalized(index.options.where);
}

const sa::Index* find_index(const sa::Table& table, const std::string& name) {
  for (const auto& index : table.indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

}  // namespace

std::string columns_text(const sa::Index& index) {
  std::vector<std::string> names;
  for (const auto& item : index.on) names.push_back("'" + item.name + "'");
  return "'(" + listed(names, ", ") + (names.size() == 1 ? ",)'" : ")'");
}

void compare_constraints(Differences& differences, const TablePair& pair) {
  const auto& table = pair.live.name;
  auto same = matched(pair);
  separate_namesakes(pair, differences.dialect, same);
  for (std::size_t i = 0; i < pair.wanted.items.size(); ++i) {
    const auto& item = pair.wanted.items[i];
    if (std::holds_alternative<sa::Column>(item) || is_foreign_key(item)) continue;
    if (same[i] == none) {
      differences.detect("added " + subject(item, table));
      add_constraint(differences, pair, item);
    } else if (std::holds_alternative<sa::CheckConstraint>(item)) {
      note_enum_in(differences, table, pair.live.items[same[i]]);
    }
  }
  for (std::size_t i = 0; i < pair.live.items.size(); ++i) {
    const auto& item = pair.live.items[i];
    if (std::holds_alternative<sa::Column>(item) || is_foreign_key(item)) continue;
    if (std::ranges::count(same, i) > 0) continue;
    differences.detect("removed " + subject(item, table));
    note_dropped_key(differences, table, item);
    drop_constraint(differences, pair, item);
  }
}

void compare_foreign_keys(Differences& differences, const TablePair& pair) {
  const auto& table = pair.live.name;
  auto same = matched(pair);
  separate_namesakes(pair, differences.dialect, same);
  for (std::size_t i = 0; i < pair.wanted.items.size(); ++i) {
    const auto& item = pair.wanted.items[i];
    if (!is_foreign_key(item)) continue;
    if (same[i] == none) {
      differences.detect("added " + subject(item, table));
      add_constraint(differences, pair, item, Phase::create_foreign_keys);
    } else if (differences.dialect == db::Dialect::postgresql &&
               is_shaken(differences, table, std::get<sa::ForeignKeyConstraint>(item))) {
      const auto& before = pair.live.items[same[i]];
      drop_constraint(differences, pair, before, Phase::drop_foreign_keys);
      differences.add(Phase::create_foreign_keys,
                      CreateConstraint{.table = table, .constraint = before});
    }
  }
  for (std::size_t i = 0; i < pair.live.items.size(); ++i) {
    const auto& item = pair.live.items[i];
    if (!is_foreign_key(item) || std::ranges::count(same, i) > 0) continue;
    differences.detect("removed " + subject(item, table));
    drop_constraint(differences, pair, item, Phase::drop_foreign_keys);
  }
}

void compare_indexes(Differences& differences, const TablePair& pair) {
  const auto& table = pair.live.name;
  for (std::size_t i = 0; i < pair.wanted.indexes.size(); ++i) {
    const auto& index = pair.wanted.indexes[i];
    const auto* before = find_index(pair.live, index.name);
    if (!before) {
      differences.detect("added index '" + index.name + "' on " + columns_text(index));
      differences.add(Phase::create_indexes, CreateIndex{.table = table, .index = index});
      continue;
    }
    const auto& spelled = pair.wanted_spelled.indexes[i];
    const bool same = index_text(*find_index(pair.live_spelled, index.name)) == index_text(spelled);
    if (same) {
      note_enum_in(differences, table, *before);
      continue;
    }
    differences.detect("changed index '" + index.name + "' on '" + table + "'");
    differences.add(Phase::drop_indexes, DropIndex{.table = table, .index = *before});
    differences.add(Phase::create_indexes, CreateIndex{.table = table, .index = index});
  }
  for (const auto& index : pair.live.indexes) {
    if (find_index(pair.wanted, index.name)) continue;
    differences.detect("removed index '" + index.name + "' on '" + table + "'");
    differences.add(Phase::drop_indexes, DropIndex{.table = table, .index = index});
  }
}

}  // namespace plinth::migrate::autogenerate
