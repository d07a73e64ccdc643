// Expressions in PostgreSQL's words.
#include <algorithm>
#include <utility>

#include "db/sql_text.hpp"
#include "migrate/differences.hpp"
#include "migrate/schemas.hpp"
#include "plinth/detail/statement.hpp"

namespace plinth::migrate::autogenerate {

namespace {

constexpr auto dialect = db::Dialect::postgresql;

std::string made_name(std::size_t index) { return "plinth_" + std::to_string(index); }

void leave_types(sa::Type& type) {
  type.create_type = false;
  for (auto& element : type.element) leave_types(element);
}

// The table with a name for each check, by which it is found again. Other constraints say all
// themselves.
sa::Table named_copy(const sa::Table& table) {
  sa::Table copy{.name = table.name, .items = {}};
  for (std::size_t i = 0; i < table.items.size(); ++i) {
    auto item = table.items[i];
    if (std::holds_alternative<sa::ForeignKeyConstraint>(item)) continue;
    if (auto* column = std::get_if<sa::Column>(&item)) {
      leave_types(column->type);
    } else if (std::holds_alternative<sa::CheckConstraint>(item)) {
      set_name(item, made_name(i));
    }
    copy.items.push_back(std::move(item));
  }
  return copy;
}

Task<void> make_table(db::Connection& connection, const sa::Table& table) {
  const auto copy = named_copy(table);
  for (auto& sql : sa::create_table(copy.name, copy.items, dialect)) {
    co_await run_sql(connection, std::move(sql));
  }
  for (const auto& index : table.indexes) {
    co_await run_sql(connection,
                     sa::create_index(index.name, table.name, index.on, index.options, dialect));
  }
}

const sa::CheckConstraint* find_check(const sa::Table& table, const std::string& name) {
  for (const auto& item : table.items) {
    const auto* check = std::get_if<sa::CheckConstraint>(&item);
    if (check && check->name == name) return check;
  }
  return nullptr;
}

sa::Index* find_index(sa::Table& table, const std::string& name) {
  for (auto& index : table.indexes) {
    if (index.name == name) return &index;
  }
  return nullptr;
}

// `table` with what the database made of it.
sa::Table spelled(sa::Table table, sa::Table made) {
  for (std::size_t i = 0; i < table.items.size(); ++i) {
    if (auto* column = std::get_if<sa::Column>(&table.items[i])) {
      if (const auto* found = find_column(made, column->name)) *column = *found;
    } else if (auto* check = std::get_if<sa::CheckConstraint>(&table.items[i])) {
      if (const auto* found = find_check(made, made_name(i))) check->sql = found->sql;
    }
  }
  for (auto& index : table.indexes) {
    if (const auto* found = find_index(made, index.name)) {
      index.on = found->on;
      index.options.where = found->options.where;
      index.options.postgresql_using = found->options.postgresql_using;
    }
  }
  return table;
}

// An expression that is to be spelled once more, and where the answer goes.
struct Probe {
  std::string table;
  std::string sql;  // ALTER TABLE … or CREATE INDEX …, making an object of that name
  std::string name;
  std::string* text = nullptr;  // of a check or a default
  sa::Index* index = nullptr;
};

class Probes {
 public:
  void check(const std::string& table, sa::CheckConstraint& check) {
    auto& probe = add(table, &check.sql, nullptr);
    probe.sql = "ALTER TABLE " + db::quoted(table) + " ADD CONSTRAINT " + probe.name + " CHECK (" +
                check.sql + ")";
  }
  void value(const std::string& table, sa::Column& column) {
    auto& probe = add(table, &column.options.server_default, nullptr);
    probe.sql = "ALTER TABLE " + db::quoted(table) + " ADD COLUMN " + probe.name + " " +
                sa::type_sql(column.type, dialect) + " DEFAULT " + column.options.server_default;
  }
  void index(const std::string& table, sa::Index& index) {
    auto& probe = add(table, nullptr, &index);
    probe.sql = sa::create_index(probe.name, table, index.on, index.options, dialect);
  }
  std::vector<Probe>& all() { return probes_; }

 private:
  Probe& add(const std::string& table, std::string* text, sa::Index* index) {
    const auto name = "plinth_probe_" + std::to_string(probes_.size());
    return probes_.emplace_back(
        Probe{.table = table, .sql = {}, .name = name, .text = text, .index = index});
  }
  std::vector<Probe> probes_;
};

std::string text_of(const sa::Index& index) {
  std::string text = db::normalized(index.options.where);
  for (const auto& item : index.on) text += "," + db::normalized(item.name);
  return text;
}

bool has_check(const sa::Table& table, const std::string& sql) {
  return std::ranges::any_of(table.items, [&](const sa::TableItem& item) {
    const auto* check = std::get_if<sa::CheckConstraint>(&item);
    return check && db::normalized(check->sql) == db::normalized(sql);
  });
}

void probe_items(Probes& probes, sa::Table& table, const sa::Table& other) {
  for (auto& item : table.items) {
    if (auto* check = std::get_if<sa::CheckConstraint>(&item)) {
      if (!has_check(other, check->sql)) probes.check(table.name, *check);
    } else if (auto* column = std::get_if<sa::Column>(&item)) {
      const auto* counterpart = find_column(other, column->name);
      const auto& value = column->options.server_default;
      if (counterpart && !value.empty() &&
          db::normalized(value) != db::normalized(counterpart->options.server_default)) {
        probes.value(table.name, *column);
      }
    }
  }
}

void probe_indexes(Probes& probes, sa::Table& left, sa::Table& right) {
  for (auto& index : left.indexes) {
    auto* other = find_index(right, index.name);
    if (!other || text_of(index) == text_of(*other)) continue;
    probes.index(left.name, index);
    probes.index(left.name, *other);
  }
}

void read_probe(const Probe& probe, Reflected& made) {
  for (auto& table : made.tables) {
    if (table.name != probe.table) continue;
    if (probe.index) {
      const auto* found = find_index(table, probe.name);
      if (!found) return;
      probe.index->on = found->on;
      probe.index->options.where = found->options.where;
      return;
    }
    if (const auto* check = find_check(table, probe.name)) *probe.text = check->sql;
    if (const auto* column = find_column(table, probe.name)) {
      *probe.text = column->options.server_default;
    }
  }
}

}  // namespace

Task<void> spell_wanted(db::Connection& connection, Schema& wanted) {
  co_await run_sql(connection,
                   "SELECT set_config('search_path', 'pg_temp, ' || "
                   "current_setting('search_path'), true)");
  std::vector<std::string> types;
  for (const auto& table : wanted.tables) {
    for (const auto* column : columns_of(table)) {
      const auto* type = enum_in(column->type);
      if (!type || std::ranges::count(types, type->name) > 0) continue;
      types.push_back(type->name);
      co_await run_sql(connection, sa::create_enum(*type));
    }
  }
  for (const auto& table : wanted.tables) co_await make_table(connection, table);
  auto made = co_await reflect_postgresql(connection);
  for (const auto& table : wanted.tables) {
    const auto* found = find_table(made.tables, table.name);
    wanted.spelled.push_back(spelled(table, found ? *found : table));
  }
  wanted.sequences = std::move(made.sequences);
  wanted.enums = std::move(made.enums);
}

Task<void> spell_again(db::Connection& connection, Schema& live, Schema& wanted) {
  Probes probes;
  for (auto& table : wanted.spelled) {
    for (auto& other : live.spelled) {
      if (other.name != table.name) continue;
      const auto before = table;
      probe_items(probes, table, other);
      probe_items(probes, other, before);
      probe_indexes(probes, table, other);
    }
  }
  if (probes.all().empty()) co_return;
  for (const auto& probe : probes.all()) co_await run_sql(connection, probe.sql, true);
  auto made = co_await reflect_postgresql(connection);
  for (const auto& probe : probes.all()) read_probe(probe, made);
}

}  // namespace plinth::migrate::autogenerate
