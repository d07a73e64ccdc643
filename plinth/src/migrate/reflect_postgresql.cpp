// PostgreSQL tells all by pg_catalog: one query a kind for all tables of the current schema.
#include <charconv>

#include "migrate/parse_ddl.hpp"
#include "migrate/reflect.hpp"

namespace plinth::migrate {

namespace {

// What an extension made belongs to it. A partition belongs to its table.
#define PLINTH_OWN_TABLES                                                               \
  " n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition " \
  "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS e WHERE e.classid = "          \
  "'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e') "

constexpr const char* tables_sql =
    "SELECT c.relname::text FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON "
    "n.oid = c.relnamespace WHERE" PLINTH_OWN_TABLES "ORDER BY c.relname";

// The sequence is the column's own: SERIAL ('a') or an identity ('i').
constexpr const char* columns_sql =
    "SELECT c.relname::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), "
    "a.attnotnull::int::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid), t.typtype::text, "
    "t.typname::text, coalesce(item.typtype::text, ''), coalesce(item.typname::text, ''), "
    "(SELECT s.relname::text FROM pg_catalog.pg_depend AS o JOIN pg_catalog.pg_class AS s ON "
    "s.oid = o.objid AND s.relkind = 'S' WHERE o.classid = 'pg_catalog.pg_class'::regclass AND "
    "o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = c.oid AND o.refobjsubid = "
    "a.attnum AND o.deptype IN ('a', 'i') LIMIT 1) "
    "FROM pg_catalog.pg_class AS c "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
    "a.attisdropped "
    "JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid "
    "LEFT JOIN pg_catalog.pg_type AS item ON item.oid = t.typelem AND t.typcategory = 'A' "
    "LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "WHERE" PLINTH_OWN_TABLES "ORDER BY c.relname, a.attnum";

constexpr const char* constraints_sql =
    "SELECT c.relname::text, k.conname::text, k.contype::text, a.attname::text, "
    "CASE WHEN fn.nspname = current_schema() THEN f.relname::text ELSE fn.nspname || '.' || "
    "f.relname END, fa.attname::text, k.confdeltype::text, k.confupdtype::text, "
    "pg_catalog.pg_get_expr(k.conbin, k.conrelid) "
    "FROM pg_catalog.pg_constraint AS k "
    "JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "LEFT JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, place) ON true "
    "LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.own "
    "LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid "
    "LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace "
    "LEFT JOIN pg_catalog.pg_attribute AS fa ON fa.attrelid = f.oid AND fa.attnum = u.other "
    "WHERE k.contype IN ('p', 'u', 'f', 'c') AND k.conislocal AND" PLINTH_OWN_TABLES
    "ORDER BY c.relname, array_position(ARRAY['p', 'u', 'f', 'c'], k.contype::text), k.conname, "
    "u.place";

constexpr const char* indexes_sql =
    "SELECT c.relname::text, i.relname::text, pg_catalog.pg_get_indexdef(x.indexrelid) "
    "FROM pg_catalog.pg_index AS x "
    "JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid "
    "JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE x.indisvalid AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE "
    "k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) AND" PLINTH_OWN_TABLES
    "ORDER BY c.relname, i.relname";

constexpr const char* enums_sql =
    "SELECT t.typname::text, e.enumlabel::text FROM pg_catalog.pg_type AS t "
    "JOIN pg_catalog.pg_enum AS e ON e.enumtypid = t.oid "
    "JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace "
    "WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d "
    "WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e') "
    "ORDER BY t.typname, e.enumsortorder";

#undef PLINTH_OWN_TABLES

struct PostgresqlType {
  std::string_view text;
  sa::Type (*make)();
};
constexpr PostgresqlType postgresql_types[] = {
    {"smallint", &sa::SmallInteger},
    {"integer", &sa::Integer},
    {"bigint", &sa::BigInteger},
    {"boolean", &sa::Boolean},
    {"real", &sa::REAL},
    {"double precision", &sa::Float},
    {"numeric", [] { return sa::Numeric(); }},
    {"character varying", [] { return sa::String(); }},
    {"text", &sa::Text},
    {"bytea", &sa::LargeBinary},
    {"date", &sa::Date},
    {"time without time zone", &sa::Time},
    {"timestamp without time zone", [] { return sa::DateTime(); }},
    {"timestamp with time zone", [] { return sa::DateTime({.timezone = true}); }},
    {"interval", &sa::Interval},
    {"uuid", &sa::Uuid},
    {"json", &sa::JSON},
    {"jsonb", &sa::JSONB}};

// "character varying(320)", "numeric(10,2)": the numbers in brackets, when that is the word.
std::vector<int> numbers_of(std::string_view text, std::string_view word) {
  std::vector<int> numbers;
  if (!text.starts_with(word) || !text.ends_with(')') || text.substr(word.size(), 1) != "(") {
    return numbers;
  }
  text.remove_prefix(word.size());
  while (text.size() > 1) {
    text.remove_prefix(1);
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return {};
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return numbers;
}

const sa::Type* find_enum(const std::vector<sa::Type>& enums, const std::string& name) {
  for (const auto& type : enums) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

sa::Type type_of(const std::string& text) {
  for (const auto& known : postgresql_types) {
    if (known.text == text) return known.make();
  }
  const auto length = numbers_of(text, "character varying");
  if (length.size() == 1) return sa::String(length[0]);
  const auto digits = numbers_of(text, "numeric");
  if (digits.size() == 2) return sa::Numeric(digits[0], digits[1]);
  return sa::UserDefinedType(text);
}

sa::Type type_of(const TextRow& row, const std::vector<sa::Type>& enums) {
  const auto& text = row[2];
  const bool is_array = text.ends_with("[]");
  const bool is_enum = is_array ? row[7] == "e" : row[5] == "e";
  const auto* type = is_enum ? find_enum(enums, is_array ? row[8] : row[6]) : nullptr;
  auto found = type ? *type : type_of(is_array ? text.substr(0, text.size() - 2) : text);
  return is_array ? sa::ARRAY(std::move(found)) : found;
}

std::string action_of(const std::string& letter) {
  if (letter == "r") return "RESTRICT";
  if (letter == "c") return "CASCADE";
  if (letter == "n") return "SET NULL";
  if (letter == "d") return "SET DEFAULT";
  return {};
}

std::vector<sa::Type> enums_of(const std::vector<TextRow>& rows) {
  std::vector<sa::Type> enums;
  for (const auto& row : rows) {
    if (enums.empty() || enums.back().name != row[0]) enums.push_back(sa::Enum(row[0], {}));
    enums.back().values.push_back(row[1]);
  }
  return enums;
}

void add_column(Reflected& reflected, const TextRow& row) {
  auto* table = find_table(reflected.tables, row[0]);
  if (!table) return;
  auto value = row[4];
  if (!row[9].empty()) {
    reflected.sequences.push_back({.table = row[0], .column = row[1], .name = row[9]});
    value.clear();
  }
  table->items.emplace_back(
      sa::Column(row[1], type_of(row, reflected.enums),
                 {.nullable = row[3] == "0", .server_default = std::move(value)}));
}

// Rows of one constraint follow one another, a row a column.
void add_constraint(sa::Table& table, const TextRow& row, bool continues) {
  const auto& kind = row[2];
  if (kind == "c") {
    if (!continues) table.items.emplace_back(sa::CheckConstraint(row[8], row[1]));
    return;
  }
  if (!continues) {
    if (kind == "p") table.items.emplace_back(sa::PrimaryKeyConstraint().named(row[1]));
    if (kind == "u") table.items.emplace_back(sa::UniqueConstraint().named(row[1]));
    if (kind == "f") {
      table.items.emplace_back(sa::ForeignKeyConstraint(
          {}, {}, {.name = row[1], .ondelete = action_of(row[6]), .onupdate = action_of(row[7])}));
    }
  }
  auto& item = table.items.back();
  if (auto* key = std::get_if<sa::PrimaryKeyConstraint>(&item)) key->columns.push_back(row[3]);
  if (auto* unique = std::get_if<sa::UniqueConstraint>(&item)) unique->columns.push_back(row[3]);
  if (auto* key = std::get_if<sa::ForeignKeyConstraint>(&item)) {
    key->columns.push_back(row[3]);
    key->targets.push_back(row[4] + "." + row[5]);
  }
}

}  // namespace

Task<Reflected> reflect_postgresql(db::Connection& connection) {
  Reflected reflected;
  auto tables = co_await text_rows(connection, tables_sql);
  auto enums = co_await text_rows(connection, enums_sql);
  auto columns = co_await text_rows(connection, columns_sql);
  auto constraints = co_await text_rows(connection, constraints_sql);
  auto indexes = co_await text_rows(connection, indexes_sql);
  reflected.enums = enums_of(enums);
  for (const auto& row : tables) reflected.tables.push_back({.name = row[0], .items = {}});
  for (const auto& row : columns) add_column(reflected, row);
  const TextRow* last = nullptr;
  for (const auto& row : constraints) {
    const bool continues = last && (*last)[0] == row[0] && (*last)[1] == row[1];
    last = &row;
    if (auto* table = find_table(reflected.tables, row[0])) add_constraint(*table, row, continues);
  }
  for (const auto& row : indexes) {
    if (auto* table = find_table(reflected.tables, row[0])) {
      auto index = parse_index(row[2]);
      index.name = row[1];
      table->indexes.push_back(std::move(index));
    }
  }
  co_return reflected;
}

}  // namespace plinth::migrate
