// The tables of models as SQL.
#include <algorithm>
#include <stdexcept>

#include "db/naming.hpp"
#include "db/sql_text.hpp"
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

std::vector<std::string> column_names(std::string_view list) {
  auto names = split_list(list);
  for (auto& name : names) {
    if (is_one_name(name)) name = tokens_of(name).front().name();
  }
  return names;
}

// Of ON DELETE and ON UPDATE, whose actions are the same.
template <class Action>
std::string action_sql(Action action) {
  switch (action) {
    case Action::restrict:
      return "RESTRICT";
    case Action::cascade:
      return "CASCADE";
    case Action::set_null:
      return "SET NULL";
    case Action::set_default:
      return "SET DEFAULT";
    default:
      return {};
  }
}

void append_columns(std::vector<sa::TableItem>& items, const Table& table,
                    const NamingConvention& naming) {
  sa::PrimaryKeyConstraint key;
  for (const Column& column : table.columns) {
    const bool nullable = column.type().kind == Kind::optional && !column.rules.primary_key;
    items.emplace_back(sa::Column(
        std::string(column.name), sql_type(column, &column.type()),
        {.nullable = nullable, .server_default = std::string(column.rules.server_default)}));
    if (column.rules.primary_key) key.columns.emplace_back(column.name);
  }
  if (key.columns.empty()) return;
  key.name = conventional_name(naming.pk, table.name, key);
  items.emplace_back(std::move(key));
}

sa::CheckConstraint check_of(const Table& table, std::string_view sql, std::string_view name,
                             const NamingConvention& naming) {
  sa::CheckConstraint made{std::string(sql), std::string(name)};
  // As in SQLAlchemy, a convention without the name leaves a named one alone.
  const bool takes_name = naming.ck.find("constraint_name") != std::string_view::npos;
  if (takes_name != name.empty()) {
    auto conventional = conventional_name(naming.ck, table.name, made);
    if (!conventional.empty()) made.name = std::move(conventional);
  }
  return made;
}

sa::ForeignKeyConstraint foreign_key_of(const Table& table, sa::ForeignKeyConstraint made,
                                        const NamingConvention& naming) {
  if (made.options.name.empty()) made.options.name = conventional_name(naming.fk, table.name, made);
  return made;
}

sa::UniqueConstraint unique_of(const Table& table, std::string_view on, std::string_view name,
                               const NamingConvention& naming) {
  sa::UniqueConstraint made;
  made.columns = column_names(on);
  made.name = name.empty() ? conventional_name(naming.uq, table.name, made) : std::string(name);
  return made;
}

void append_column_constraints(std::vector<sa::TableItem>& items, const Table& table,
                               const NamingConvention& naming) {
  for (const Column& column : table.columns) {
    const auto& rules = column.rules;
    if (!rules.check.empty()) items.emplace_back(check_of(table, rules.check, {}, naming));
    if (rules.references) {
      const auto target =
          std::string(rules.references().name) + "." + std::string(rules.references_column);
      items.emplace_back(foreign_key_of(
          table,
          {{std::string(column.name)},
           {target},
           {.ondelete = action_sql(rules.on_delete), .onupdate = action_sql(rules.on_update)}},
          naming));
    }
    if (rules.unique && !rules.indexed) {
      items.emplace_back(unique_of(table, column.name, {}, naming));
    }
  }
}

void append_table_constraints(std::vector<sa::TableItem>& items, const Table& table,
                              const NamingConvention& naming) {
  for (const ForeignKey& key : table.foreign_keys) {
    items.emplace_back(foreign_key_of(table,
                                      {column_names(key.on),
                                       split_list(key.to),
                                       {.name = std::string(key.name),
                                        .ondelete = action_sql(key.on_delete),
                                        .onupdate = action_sql(key.on_update)}},
                                      naming));
  }
  for (const UniqueConstraint& unique : table.unique_constraints) {
    items.emplace_back(unique_of(table, unique.on, unique.name, naming));
  }
  for (const CheckConstraint& check : table.check_constraints) {
    items.emplace_back(check_of(table, check.that, check.name, naming));
  }
}

std::vector<sa::IndexItem> index_items(std::string_view on) {
  std::vector<sa::IndexItem> items;
  for (auto& part : split_list(on)) {
    if (is_one_name(part)) {
      items.emplace_back(tokens_of(part).front().name());
    } else {
      items.emplace_back(sa::text(std::move(part)));
    }
  }
  return items;
}

std::vector<sa::Index> indexes_of(const Table& table, const NamingConvention& naming) {
  std::vector<sa::Index> indexes;
  for (const Column& column : table.columns) {
    if (!column.rules.indexed) continue;
    indexes.push_back({.name = conventional_index_name(naming.ix, table.name, column.name),
                       .on = {std::string(column.name)},
                       .options = {.unique = column.rules.unique}});
  }
  for (const Index& index : table.indexes) {
    indexes.push_back({.name = std::string(index.name),
                       .on = index_items(index.on),
                       .options = {.unique = index.unique,
                                   .where = std::string(index.where),
                                   .postgresql_using = std::string(index.postgresql_using)}});
  }
  return indexes;
}

const Table* find_table(std::span<const Table* const> all, std::string_view name) {
  for (const Table* table : all) {
    if (table->name == name) return table;
  }
  return nullptr;
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
  for (const ForeignKey& key : table.foreign_keys) {
    const auto target = key.to.substr(0, key.to.find('.'));
    const Table* referred = find_table(all, target);
    if (!referred) {
      throw std::logic_error("a foreign key of " + std::string(table.name) +
                             " refers to the table " + std::string(target) +
                             ", which is not among those to be made");
    }
    append_sorted(sorted, begun, all, *referred);
  }
  sorted.push_back(&table);
}

}  // namespace

std::vector<std::string> create_statements(const MetaData& metadata, Dialect dialect) {
  std::vector<const Table*> sorted;
  std::vector<const Table*> begun;
  for (const Table* table : metadata.tables) append_sorted(sorted, begun, metadata.tables, *table);
  std::vector<std::string> statements;
  for (const Table* one : sorted) {
    const auto table = sa::table_data(*one, metadata.naming_convention);
    for (auto& sql : sa::create_table(table.name, table.items, dialect)) {
      // An enum type that several tables use is made once.
      if (std::find(statements.begin(), statements.end(), sql) != statements.end()) continue;
      statements.push_back(std::move(sql));
    }
    for (const auto& index : table.indexes) {
      statements.push_back(
          sa::create_index(index.name, table.name, index.on, index.options, dialect));
    }
  }
  return statements;
}

}  // namespace plinth::db

namespace plinth::sa {

Table table_data(const db::Table& table, const db::NamingConvention& naming) {
  Table made{.name = std::string(table.name), .items = {}};
  db::append_columns(made.items, table, naming);
  db::append_column_constraints(made.items, table, naming);
  db::append_table_constraints(made.items, table, naming);
  made.indexes = db::indexes_of(table, naming);
  return made;
}

}  // namespace plinth::sa
