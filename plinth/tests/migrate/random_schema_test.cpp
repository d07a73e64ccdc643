#include "migrate/random_schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace random_schema {

namespace sa = plinth::sa;
using Kind = sa::Type::Kind;

namespace {

constexpr const char* table_names[] = {"users", "teams", "order", "Notes", "tags"};
constexpr const char* column_names[] = {"name", "email", "price", "count", "user", "Kind", "at"};
constexpr const char* actions[] = {"", "CASCADE", "SET NULL", "RESTRICT", "SET DEFAULT"};

std::vector<sa::Column*> columns_of(sa::Table& table) {
  std::vector<sa::Column*> columns;
  for (auto& item : table.items) {
    if (auto* column = std::get_if<sa::Column>(&item)) columns.push_back(column);
  }
  return columns;
}

bool is_text(const sa::Type& type) { return type.kind == Kind::string || type.kind == Kind::text; }
bool is_number(const sa::Type& type) {
  return type.kind == Kind::integer || type.kind == Kind::big_integer || type.kind == Kind::numeric;
}
// JSON has no order on PostgreSQL.
bool is_comparable(const sa::Type& type) { return type.kind != Kind::json; }

std::string quoted(const std::string& name) { return "\"" + name + "\""; }
std::string literal(const std::string& value) {
  return value == "it's" ? "'it''s'" : "'" + value + "'";
}

}  // namespace

sa::Type Generator::type() {
  switch (below(14)) {
    case 0:
      return sa::SmallInteger();
    case 1:
      return sa::Integer();
    case 2:
      return sa::BigInteger();
    case 3:
      return sa::Boolean();
    case 4:
      return sa::Numeric(10, 2);
    case 5:
      return sa::String(static_cast<std::int64_t>(20 + 20 * below(2)));
    case 6:
      return sa::String();
    case 7:
      return sa::Text();
    case 8:
      return sa::DateTime({.timezone = true});
    case 9:
      return sa::Uuid();
    case 10:
      return sa::JSON();
    case 11:
      return sa::ARRAY(sa::Integer());
    default:
      return pick(enums_);
  }
}

std::string Generator::value_for(const sa::Type& type) {
  constexpr const char* numbers[] = {"0", "7", "-1"};
  constexpr const char* texts[] = {"'x'", "''", "'it''s'", "lower('ABC')"};
  constexpr const char* moments[] = {"now()", "CURRENT_TIMESTAMP"};
  if (type.kind == Kind::boolean) return chance(50) ? "true" : "false";
  if (type.kind == Kind::date_time) return pick(moments);
  if (type.kind == Kind::enumeration) return literal(pick(type.values));
  if (type.kind == Kind::small_integer || is_number(type)) return pick(numbers);
  if (is_text(type)) return pick(texts);
  return {};
}

std::string Generator::check_for(const sa::Column& column) {
  const auto name = quoted(column.name);
  if (is_text(column.type)) {
    const std::string checks[] = {name + " IN ('a', 'b', 'c')", "length(" + name + ") > 2",
                                  name + " <> '' AND " + name + " IS NOT NULL"};
    return pick(checks);
  }
  if (is_number(column.type)) {
    const std::string checks[] = {name + " > 0", name + " BETWEEN 1 AND 10",
                                  "(" + name + " >= 0 OR " + name + " = -1)"};
    return pick(checks);
  }
  if (column.type.kind == Kind::enumeration) {
    return name + " <> " + literal(pick(column.type.values));
  }
  return name + " IS NOT NULL";
}

void Generator::add_column(sa::Table& table, const std::string& name) {
  sa::Column column(name, type(), {.nullable = chance(50)});
  if (chance(40)) column.options.server_default = value_for(column.type);
  table.items.insert(table.items.begin(), std::move(column));
}

void Generator::add_index(sa::Table& table, const std::string& name) {
  auto columns = columns_of(table);
  std::erase_if(columns, [](sa::Column* column) { return !is_comparable(column->type); });
  if (columns.empty()) return;
  const auto* column = pick(columns);
  sa::Index index{.name = name, .on = {column->name}};
  if (is_text(column->type) && chance(40))
    index.on = {sa::text("lower(" + quoted(column->name) + ")")};
  if (chance(20)) index.on.emplace_back(sa::text(quoted(pick(columns)->name) + " DESC"));
  index.options.unique = chance(30);
  if (chance(30)) index.options.where = check_for(*pick(columns));
  table.indexes.push_back(std::move(index));
}

void Generator::add_constraints(sa::Table& table) {
  std::vector<sa::TableItem> made;
  for (const auto* column : columns_of(table)) {
    if (is_comparable(column->type) && chance(15)) {
      sa::UniqueConstraint unique(column->name);
      if (chance(50)) unique.name = "uq_" + table.name + "_" + column->name;
      made.emplace_back(std::move(unique));
    }
    if (chance(20)) {
      const auto name = chance(50) ? "ck_" + table.name + "_" + column->name : std::string();
      made.emplace_back(sa::CheckConstraint(check_for(*column), name));
    }
  }
  table.items.insert(table.items.end(), made.begin(), made.end());
}

sa::Table Generator::table(const std::string& name) {
  sa::Table made{.name = name, .items = {}};
  for (const auto* column : column_names) {
    if (chance(60)) add_column(made, column);
  }
  add_constraints(made);
  for (const auto* index : {"ix_one_", "ix_two_"}) {
    if (chance(50)) add_index(made, index + name);
  }
  const bool composite = chance(25);
  made.items.insert(made.items.begin(), sa::Column("id", sa::Integer(), {.nullable = false}));
  if (composite) {
    made.items.insert(made.items.begin(), sa::Column("part", sa::Integer(), {.nullable = false}));
    made.items.emplace_back(sa::PrimaryKeyConstraint("id", "part"));
  } else {
    made.items.emplace_back(sa::PrimaryKeyConstraint("id"));
  }
  return made;
}

// Any table to any other, also to itself and in circles.
void Generator::add_foreign_keys(Schema& schema) {
  for (auto& table : schema) {
    for (const auto* column : {"owner_id", "next_id"}) {
      if (!chance(40)) continue;
      const auto& target = pick(schema);
      const bool composite = std::ranges::any_of(target.items, [](const sa::TableItem& item) {
        const auto* key = std::get_if<sa::PrimaryKeyConstraint>(&item);
        return key && key->columns.size() == 2;
      });
      std::vector<std::string> local{column};
      std::vector<std::string> remote{target.name + ".id"};
      if (composite) {
        local.push_back(std::string(column) + "_part");
        remote.push_back(target.name + ".part");
      }
      const sa::ForeignKeyOptions options{
          .name = chance(50) ? "fk_" + table.name + "_" + column : std::string(),
          .ondelete = pick(actions)};
      for (const auto& name : local) {
        table.items.insert(table.items.begin(), sa::Column(name, sa::Integer()));
      }
      table.items.emplace_back(sa::ForeignKeyConstraint(local, remote, options));
    }
  }
}

Schema Generator::schema() {
  enums_.clear();
  for (const auto* name : {"mood", "Size"}) {
    std::vector<std::string> values;
    for (const auto* value : {"sad", "ok", "it's", "glad"}) {
      if (chance(70)) values.emplace_back(value);
    }
    if (values.empty()) values.emplace_back("ok");
    if (chance(20)) std::ranges::reverse(values);
    enums_.push_back(sa::Enum(name, std::move(values)));
  }
  Schema made;
  for (const auto* name : table_names) {
    if (chance(70)) made.push_back(table(name));
  }
  if (!made.empty()) add_foreign_keys(made);
  return made;
}

void Generator::change_gently(sa::Table& table) {
  for (auto* column : columns_of(table)) {
    if (column->name == "id" || column->name == "part") continue;
    if (column->type.kind == Kind::string && chance(50)) column->type = sa::Text();
    if (column->type.kind == Kind::integer && !column->name.ends_with("_id") &&
        !column->name.ends_with("_part") && chance(50)) {
      column->type = sa::BigInteger();
    }
    if (chance(30)) column->options.nullable = true;
    if (chance(30)) column->options.server_default = value_for(column->type);
  }
  if (chance(50)) table.indexes.clear();
  if (chance(30)) {
    std::erase_if(table.items, [](const sa::TableItem& item) {
      return std::holds_alternative<sa::CheckConstraint>(item);
    });
  }
  sa::Column added("added", type(), {});
  if (chance(50)) added.options.server_default = value_for(added.type);
  if (!added.options.server_default.empty()) added.options.nullable = chance(50);
  if (added.options.server_default.empty()) added.options.nullable = true;
  table.items.insert(table.items.begin(), std::move(added));
  add_index(table, "ix_added_" + table.name);
  for (auto& index : table.indexes) index.options.unique = false;
}

Schema Generator::gently_changed(Schema schema) {
  for (auto& table : schema) {
    if (chance(70)) change_gently(table);
  }
  return schema;
}

}  // namespace random_schema

TEST_CASE("a seed stands for one schema") {
  auto sql_of = [](std::uint64_t seed) {
    std::vector<std::string> sql;
    for (const auto& table : random_schema::Generator(seed).schema()) {
      const auto made =
          plinth::sa::create_table(table.name, table.items, plinth::db::Dialect::postgresql);
      sql.insert(sql.end(), made.begin(), made.end());
    }
    return sql;
  };
  CHECK(sql_of(3) == sql_of(3));
  CHECK(sql_of(3) != sql_of(4));
}
