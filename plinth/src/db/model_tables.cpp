// The tables of models as SQL.
#include <algorithm>
#include <stdexcept>

#include "plinth/detail/ddl.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using detail::Kind;

namespace {

sa::Type enum_type(const detail::Type& type) {
  if (type.integer_enum) return sa::Integer();
  std::string name;
  for (char c : type.name) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  std::vector<std::string> values;
  for (const auto& enumerator : type.enumerators) values.emplace_back(enumerator.name);
  return sa::Enum(std::move(name), std::move(values));
}

sa::Type sql_type(const Column& column, const detail::Type* type) {
  switch (type->kind) {
    case Kind::optional:
      return sql_type(column, &type->element());
    case Kind::list:
      return sa::ARRAY(sql_type(column, &type->element()));
    case Kind::boolean:
      return sa::Boolean();
    case Kind::int8:
    case Kind::uint8:
    case Kind::int16:
      return sa::SmallInteger();
    case Kind::uint16:
    case Kind::int32:
      return sa::Integer();
    case Kind::uint32:
    case Kind::int64:
    case Kind::uint64:
      return sa::BigInteger();
    case Kind::float32:
      return sa::REAL();
    case Kind::float64:
      return sa::Float();
    case Kind::bytes:
      return sa::LargeBinary();
    case Kind::date_time:
      return sa::DateTime({.timezone = true});
    case Kind::date:
      return sa::Date();
    case Kind::time:
      return sa::Time();
    case Kind::duration:
      return sa::Interval();
    case Kind::uuid:
      return sa::Uuid();
    case Kind::decimal:
      return sa::Numeric(column.max_digits, column.decimal_places);
    case Kind::any:
      return column.rules.jsonb ? sa::JSONB() : sa::JSON();
    case Kind::enumeration:
      return enum_type(*type);
    default:
      return sa::String(column.max_length);
  }
}

std::vector<std::string> split_names(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    names.emplace_back(one);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return names;
}

std::string on_delete_sql(OnDelete action) {
  switch (action) {
    case OnDelete::restrict:
      return "RESTRICT";
    case OnDelete::cascade:
      return "CASCADE";
    case OnDelete::set_null:
      return "SET NULL";
    case OnDelete::set_default:
      return "SET DEFAULT";
    default:
      return {};
  }
}

std::vector<sa::TableItem> items_of(const Table& table) {
  std::vector<sa::TableItem> items;
  sa::PrimaryKeyConstraint key;
  for (const Column& column : table.columns) {
    const bool nullable = column.type().kind == Kind::optional && !column.rules.primary_key;
    items.emplace_back(sa::Column(
        std::string(column.name), sql_type(column, &column.type()),
        {.nullable = nullable, .server_default = std::string(column.rules.server_default)}));
    if (column.rules.primary_key) key.columns.emplace_back(column.name);
  }
  if (!key.columns.empty()) items.emplace_back(std::move(key));
  for (const Column& column : table.columns) {
    const auto& rules = column.rules;
    if (!rules.check.empty()) items.emplace_back(sa::CheckConstraint(std::string(rules.check)));
    if (rules.references) {
      const auto target =
          std::string(rules.references().name) + "." + std::string(rules.references_column);
      items.emplace_back(
          sa::ForeignKeyConstraint({std::string(column.name)}, {target},
                                   {.name = {}, .ondelete = on_delete_sql(rules.on_delete)}));
    }
    if (rules.unique && !rules.indexed) {
      items.emplace_back(sa::UniqueConstraint(std::string(column.name)));
    }
  }
  for (const UniqueConstraint& unique : table.unique_constraints) {
    sa::UniqueConstraint made;
    made.columns = split_names(unique.on);
    made.name = unique.name;
    items.emplace_back(std::move(made));
  }
  for (const CheckConstraint& check : table.check_constraints) {
    items.emplace_back(sa::CheckConstraint(std::string(check.that), std::string(check.name)));
  }
  return items;
}

void append_indexes(std::vector<std::string>& statements, const Table& table, Dialect dialect) {
  const std::string name(table.name);
  for (const Column& column : table.columns) {
    if (!column.rules.indexed) continue;
    const std::string of(column.name);
    statements.push_back(sa::create_index("ix_" + name + "_" + of, name, {of},
                                          {.unique = column.rules.unique, .where = {}}, dialect));
  }
  for (const Index& index : table.indexes) {
    statements.push_back(
        sa::create_index(std::string(index.name), name, {sa::text(std::string(index.on))},
                         {.unique = index.unique, .where = std::string(index.where)}, dialect));
  }
}

// A table after those it refers to, but where they go round in a circle.
void append_sorted(std::vector<const Table*>& sorted, std::vector<const Table*>& begun,
                   std::span<const Table* const> all, const Table& table) {
  if (std::find(begun.begin(), begun.end(), &table) != begun.end()) return;
  begun.push_back(&table);
  if (std::find(all.begin(), all.end(), &table) == all.end()) {
    throw std::logic_error("a foreign key refers to the table " + std::string(table.name) +
                           ", which is not among those to be made");
  }
  for (const Column& column : table.columns) {
    const auto references = column.rules.references;
    if (references) append_sorted(sorted, begun, all, references());
  }
  sorted.push_back(&table);
}

}  // namespace

std::vector<std::string> create_statements(std::span<const Table* const> tables, Dialect dialect) {
  std::vector<const Table*> sorted;
  std::vector<const Table*> begun;
  for (const Table* table : tables) append_sorted(sorted, begun, tables, *table);
  std::vector<std::string> statements;
  for (const Table* table : sorted) {
    for (auto& sql : sa::create_table(std::string(table->name), items_of(*table), dialect)) {
      // An enum type that several tables use is made once.
      if (std::find(statements.begin(), statements.end(), sql) != statements.end()) continue;
      statements.push_back(std::move(sql));
    }
    append_indexes(statements, *table, dialect);
  }
  return statements;
}

}  // namespace plinth::db
