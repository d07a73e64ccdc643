// SQLite tells columns by pragmas, and keeps the text of each CREATE: names of constraints, checks
// and expressions are only there.
#include <algorithm>
#include <charconv>

#include "migrate/parse_ddl.hpp"
#include "migrate/reflect.hpp"

namespace plinth::migrate {

namespace {

constexpr const char* sqlite_tables_sql =
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' "
    "AND upper(substr(sql, 1, 14)) <> 'CREATE VIRTUAL' ORDER BY name";

// hidden: 2 and 3 are generated columns, 1 is of a virtual table.
constexpr const char* sqlite_columns_sql =
    "SELECT m.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk FROM sqlite_master AS m, "
    "pragma_table_xinfo(m.name) AS x WHERE m.type = 'table' ORDER BY m.name, x.cid";

constexpr const char* sqlite_indexes_sql =
    "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
    "ORDER BY tbl_name, name";

// "VARCHAR(320)", "NUMERIC(10, 2)": the word in upper case, and the numbers.
struct TypeText {
  std::string word;
  std::vector<int> numbers;
};

TypeText take_apart(const std::string& text) {
  TypeText type;
  const auto open = text.find('(');
  for (char c : text.substr(0, open)) {
    type.word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  while (type.word.ends_with(' ')) type.word.pop_back();
  if (open == std::string::npos) return type;
  for (std::size_t at = open; at < text.size(); ++at) {
    int number = 0;
    const auto [end, error] = std::from_chars(&text[at], text.data() + text.size(), number);
    if (error != std::errc()) continue;
    type.numbers.push_back(number);
    at = static_cast<std::size_t>(end - text.data());
  }
  return type;
}

struct SqliteType {
  std::string_view word;
  sa::Type (*make)();
};
constexpr SqliteType sqlite_types[] = {{"SMALLINT", &sa::SmallInteger},
                                       {"INTEGER", &sa::Integer},
                                       {"BIGINT", &sa::BigInteger},
                                       {"BOOLEAN", &sa::Boolean},
                                       {"REAL", &sa::REAL},
                                       {"FLOAT", &sa::Float},
                                       {"TEXT", &sa::Text},
                                       {"BLOB", &sa::LargeBinary},
                                       {"DATE", &sa::Date},
                                       {"TIME", &sa::Time},
                                       {"JSON", &sa::JSON}};

sa::Type declared_type(const std::string& text) {
  const auto type = take_apart(text);
  const auto& numbers = type.numbers;
  // What SQLAlchemy and plinth write there; SQLite has one word for several types.
  if (type.word == "DATETIME" && numbers.empty()) return sa::DateTime({.timezone = true});
  if (type.word == "CHAR" && numbers == std::vector{32}) return sa::Uuid();
  if (type.word == "VARCHAR" && numbers.size() < 2) {
    return sa::String(numbers.empty() ? -1 : numbers[0]);
  }
  if (type.word == "NUMERIC" && numbers.size() < 3) {
    return sa::Numeric(numbers.empty() ? -1 : numbers[0], numbers.size() < 2 ? -1 : numbers[1]);
  }
  for (const auto& known : sqlite_types) {
    if (numbers.empty() && known.word == type.word) return known.make();
  }
  return sa::UserDefinedType(text);
}

std::vector<std::string> key_of(const sa::Table& table) {
  for (const auto& item : table.items) {
    if (const auto* key = std::get_if<sa::PrimaryKeyConstraint>(&item)) return key->columns;
  }
  return {};
}

// "REFERENCES teams" means its primary key.
void complete_targets(std::vector<sa::Table>& tables) {
  for (auto& table : tables) {
    for (auto& item : table.items) {
      auto* key = std::get_if<sa::ForeignKeyConstraint>(&item);
      if (!key || !key->targets.front().ends_with('.')) continue;
      const auto name = key->targets.front().substr(0, key->targets.front().size() - 1);
      const auto referred = std::find_if(tables.begin(), tables.end(),
                                         [&](const sa::Table& one) { return one.name == name; });
      if (referred == tables.end()) continue;
      const auto columns = key_of(*referred);
      for (std::size_t i = 0; i < std::min(columns.size(), key->targets.size()); ++i) {
        key->targets[i] += columns[i];
      }
    }
  }
}

}  // namespace

Task<Reflected> reflect_sqlite(db::Connection& connection) {
  Reflected reflected;
  auto tables = co_await text_rows(connection, sqlite_tables_sql);
  auto columns = co_await text_rows(connection, sqlite_columns_sql);
  auto indexes = co_await text_rows(connection, sqlite_indexes_sql);
  for (const auto& row : tables) reflected.tables.push_back({.name = row[0], .items = {}});
  for (const auto& row : columns) {
    auto* table = find_table(reflected.tables, row[0]);
    if (!table) continue;
    // A primary key is NOT NULL in what it means, also where SQLite does not say so.
    table->items.emplace_back(
        sa::Column(row[1], declared_type(row[2]),
                   {.nullable = row[3] == "0" && row[5] == "0", .server_default = row[4]}));
  }
  for (const auto& row : tables) {
    auto* table = find_table(reflected.tables, row[0]);
    for (auto& item : constraints_of(row[1])) table->items.push_back(std::move(item));
  }
  for (const auto& row : indexes) {
    if (auto* table = find_table(reflected.tables, row[0]))
      table->indexes.push_back(parse_index(row[1]));
  }
  complete_targets(reflected.tables);
  co_return reflected;
}

}  // namespace plinth::migrate
