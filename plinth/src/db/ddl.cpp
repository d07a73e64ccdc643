// CREATE TABLE and CREATE INDEX, letter for letter as SQLAlchemy 2.0 writes them.
#include <algorithm>
#include <stdexcept>

#include "db/quote_list.hpp"
#include "plinth/detail/ddl.hpp"
#include "plinth/detail/statement.hpp"

namespace plinth::sa {

using db::Dialect;
using db::quoted;
using db::quoted_list;
using TypeKind = Type::Kind;

namespace {

std::string with_length(std::string name, std::int64_t length) {
  return length < 0 ? name : name + "(" + std::to_string(length) + ")";
}

std::string numeric_sql(const Type& type) {
  if (type.precision < 0) return "NUMERIC";
  if (type.scale < 0) return with_length("NUMERIC", type.precision);
  return "NUMERIC(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")";
}

std::string type_sql_postgresql(const Type& type) {
  switch (type.kind) {
    case TypeKind::date_time:
      return type.timezone ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP WITHOUT TIME ZONE";
    case TypeKind::time:
      return type.timezone ? "TIME WITH TIME ZONE" : "TIME WITHOUT TIME ZONE";
    case TypeKind::interval:
      return "INTERVAL";
    case TypeKind::uuid:
      return "UUID";
    case TypeKind::jsonb:
      return "JSONB";
    case TypeKind::large_binary:
      return "BYTEA";
    case TypeKind::enumeration:
      return quoted(type.name);
    case TypeKind::array:
      return type_sql(type.element.at(0), Dialect::postgresql) + "[]";
    default:
      return {};
  }
}

std::string type_sql_sqlite(const Type& type) {
  switch (type.kind) {
    case TypeKind::date_time:
    case TypeKind::interval:
      return "DATETIME";
    case TypeKind::time:
      return "TIME";
    case TypeKind::uuid:
      return "CHAR(32)";
    case TypeKind::jsonb:
    case TypeKind::array:
      return "JSON";
    case TypeKind::large_binary:
      return "BLOB";
    case TypeKind::enumeration: {
      std::size_t longest = 0;
      for (const auto& value : type.values) longest = std::max(longest, value.size());
      return with_length("VARCHAR", static_cast<std::int64_t>(longest));
    }
    default:
      return {};
  }
}

bool is_integer(const Type& type) {
  return type.kind == TypeKind::small_integer || type.kind == TypeKind::integer ||
         type.kind == TypeKind::big_integer;
}

// SQLite numbers rows by INTEGER PRIMARY KEY only, in 64 bits.
std::string numbered_type(const Type& type, Dialect dialect) {
  if (dialect == Dialect::sqlite) return "INTEGER";
  switch (type.kind) {
    case TypeKind::small_integer:
      return "SMALLSERIAL";
    case TypeKind::big_integer:
      return "BIGSERIAL";
    default:
      return "SERIAL";
  }
}

const PrimaryKeyConstraint* find_primary_key(const std::vector<TableItem>& items) {
  for (const TableItem& item : items) {
    if (const auto* key = std::get_if<PrimaryKeyConstraint>(&item)) return key;
  }
  return nullptr;
}

bool is_foreign(const std::vector<TableItem>& items, const std::string& column) {
  return std::any_of(items.begin(), items.end(), [&](const TableItem& item) {
    const auto* key = std::get_if<ForeignKeyConstraint>(&item);
    return key && std::find(key->columns.begin(), key->columns.end(), column) != key->columns.end();
  });
}

std::string foreign_key_sql(const ForeignKeyConstraint& key) {
  std::vector<std::string> columns;
  std::string table;
  for (const auto& target : key.targets) {
    const auto dot = target.rfind('.');
    if (dot == std::string::npos) {
      throw std::logic_error("a foreign key's target is \"table.column\", not \"" + target + "\"");
    }
    table = target.substr(0, dot);
    columns.push_back(target.substr(dot + 1));
  }
  auto sql = "FOREIGN KEY(" + quoted_list(key.columns) + ") REFERENCES " + quoted(table) + " (" +
             quoted_list(columns) + ")";
  if (!key.options.ondelete.empty()) sql += " ON DELETE " + key.options.ondelete;
  if (!key.options.onupdate.empty()) sql += " ON UPDATE " + key.options.onupdate;
  if (key.options.deferrable) sql += " DEFERRABLE";
  if (!key.options.initially.empty()) sql += " INITIALLY " + key.options.initially;
  return sql;
}

std::string named(const std::string& name, std::string constraint) {
  return name.empty() ? constraint : "CONSTRAINT " + quoted(name) + " " + constraint;
}

struct ConstraintSql {
  std::string operator()(const Column&) const {
    throw std::logic_error("a column is no constraint");
  }
  std::string operator()(const PrimaryKeyConstraint& key) const {
    return named(key.name, "PRIMARY KEY (" + quoted_list(key.columns) + ")");
  }
  std::string operator()(const UniqueConstraint& unique) const {
    return named(unique.name, "UNIQUE (" + quoted_list(unique.columns) + ")");
  }
  std::string operator()(const ForeignKeyConstraint& key) const {
    return named(key.options.name, foreign_key_sql(key));
  }
  std::string operator()(const CheckConstraint& check) const {
    return named(check.name, "CHECK (" + check.sql + ")");
  }
};

// The enumeration that a column needs made.
const Type* enum_of(const Type& type) {
  if (type.kind == TypeKind::array) return enum_of(type.element.at(0));
  return type.kind == TypeKind::enumeration && type.create_type ? &type : nullptr;
}

// 'it''s': a quote inside is doubled.
bool is_text_literal(std::string_view sql) {
  if (sql.size() < 2 || sql.front() != '\'' || sql.back() != '\'') return false;
  const auto inner = sql.substr(1, sql.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\'' && (++i == inner.size() || inner[i] != '\'')) return false;
  }
  return true;
}

}  // namespace

std::string type_sql(const Type& type, Dialect dialect) {
  auto own = dialect == Dialect::sqlite ? type_sql_sqlite(type) : type_sql_postgresql(type);
  if (!own.empty()) return own;
  switch (type.kind) {
    case TypeKind::small_integer:
      return "SMALLINT";
    case TypeKind::integer:
      return "INTEGER";
    case TypeKind::big_integer:
      return "BIGINT";
    case TypeKind::boolean:
      return "BOOLEAN";
    case TypeKind::real:
      return "REAL";
    case TypeKind::floating:
      return "FLOAT";
    case TypeKind::numeric:
      return numeric_sql(type);
    case TypeKind::string:
      return with_length("VARCHAR", type.length);
    case TypeKind::text:
      return "TEXT";
    case TypeKind::date:
      return "DATE";
    case TypeKind::json:
      return "JSON";
    case TypeKind::other:
      return type.name;
    default:
      throw std::logic_error("a column type without SQL");
  }
}

std::string create_enum(const Type& type) {
  std::string sql = "CREATE TYPE " + quoted(type.name) + " AS ENUM (";
  for (std::size_t i = 0; i < type.values.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += "'";
    for (char c : type.values[i]) {
      if (c == '\'') sql += c;
      sql += c;
    }
    sql += "'";
  }
  return sql + ")";
}

bool is_constant(const std::string& sql) {
  if (is_text_literal(sql)) return true;
  if (sql.find_first_not_of("0123456789.-+") == std::string::npos) return true;
  constexpr std::string_view words[] = {"TRUE", "FALSE", "true", "false", "NULL"};
  return std::find(std::begin(words), std::end(words), sql) != std::end(words);
}

std::string default_sql(const std::string& expression, Dialect dialect) {
  if (dialect != Dialect::sqlite) return expression;
  if (expression == "now()") return "(CURRENT_TIMESTAMP)";
  constexpr std::string_view moments[] = {"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"};
  const bool plain =
      expression.starts_with('(') || is_constant(expression) ||
      std::find(std::begin(moments), std::end(moments), expression) != std::end(moments);
  return plain ? expression : "(" + expression + ")";
}

// SQLAlchemy's autoincrement="auto": the only column of the primary key, an integer, no foreign
// key and no default.
bool is_numbered(const Column& column, const std::vector<TableItem>& items) {
  const auto* key = find_primary_key(items);
  return key && key->columns.size() == 1 && key->columns.front() == column.name &&
         is_integer(column.type) && column.options.server_default.empty() &&
         !is_foreign(items, column.name);
}

std::string column_sql(const Column& column, bool numbered, Dialect dialect) {
  auto sql = quoted(column.name) + " " +
             (numbered ? numbered_type(column.type, dialect) : type_sql(column.type, dialect));
  if (!column.options.server_default.empty()) {
    sql += " DEFAULT " + default_sql(column.options.server_default, dialect);
  }
  if (!column.options.nullable) sql += " NOT NULL";
  return sql;
}

std::string constraint_sql(const TableItem& constraint) {
  return std::visit(ConstraintSql{}, constraint);
}

std::vector<std::string> create_table(const std::string& table, const std::vector<TableItem>& items,
                                      Dialect dialect) {
  std::vector<std::string> statements;
  std::vector<std::string> lines;
  for (const TableItem& item : items) {
    const auto* column = std::get_if<Column>(&item);
    if (!column) continue;
    lines.push_back(column_sql(*column, is_numbered(*column, items), dialect));
    const auto* enumeration = enum_of(column->type);
    if (dialect == Dialect::postgresql && enumeration) {
      auto type = create_enum(*enumeration);
      if (std::find(statements.begin(), statements.end(), type) == statements.end()) {
        statements.push_back(std::move(type));
      }
    }
  }
  // The primary key comes first, then the rest as given, as SQLAlchemy sorts them.
  if (const auto* key = find_primary_key(items)) lines.push_back(constraint_sql(*key));
  for (const TableItem& item : items) {
    if (std::holds_alternative<Column>(item)) continue;
    if (!std::holds_alternative<PrimaryKeyConstraint>(item)) lines.push_back(constraint_sql(item));
  }
  std::string sql = "CREATE TABLE " + quoted(table) + " (";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    sql += i == 0 ? "\n\t" : ", \n\t";
    sql += lines[i];
  }
  statements.push_back(sql + "\n)");
  return statements;
}

std::string create_index(const std::string& index, const std::string& table,
                         const std::vector<IndexItem>& on, const IndexOptions& options,
                         Dialect dialect) {
  const bool postgresql = dialect == Dialect::postgresql;
  std::string sql = options.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  if (postgresql && options.postgresql_concurrently) sql += "CONCURRENTLY ";
  if (options.if_not_exists) sql += "IF NOT EXISTS ";
  sql += quoted(index) + " ON " + quoted(table) + " ";
  if (postgresql && !options.postgresql_using.empty()) {
    sql += "USING " + quoted(options.postgresql_using) + " ";
  }
  sql += "(";
  for (std::size_t i = 0; i < on.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += on[i].is_expression ? on[i].name : quoted(on[i].name);
  }
  sql += ")";
  if (!options.where.empty()) sql += " WHERE " + options.where;
  return sql;
}

}  // namespace plinth::sa
