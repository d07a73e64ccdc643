// What a live database holds, as data. Stands for SQLAlchemy's Inspector.
#pragma once

#include <string>
#include <vector>

#include "db/driver.hpp"
#include "plinth/detail/ddl.hpp"

namespace plinth::migrate {

/// The sequence that numbers a column (PostgreSQL's SERIAL).
struct Sequence {
  std::string table;
  std::string column;
  std::string name;
};

struct Reflected {
  std::vector<sa::Table> tables;  // by name; columns in order, then constraints
  std::vector<sa::Type> enums;    // PostgreSQL's types, by name
  std::vector<Sequence> sequences = {};
};

/// The tables of the current schema, as this transaction sees them; not those of the database's
/// own or of an extension. The connection is in a transaction, begun by the caller.
///
/// Expressions stand as the database spells them. On SQLite a constraint that was made without a
/// name has none. A column whose type plinth has no word for has an
/// sa::UserDefinedType.
Task<Reflected> reflect(db::Connection& connection, db::Dialect dialect);

Task<Reflected> reflect_sqlite(db::Connection& connection);
Task<Reflected> reflect_postgresql(db::Connection& connection);

/// Null when there is none of that name.
sa::Table* find_table(std::vector<sa::Table>& tables, const std::string& name);

/// The rows of a query as texts; NULL is "".
using TextRow = std::vector<std::string>;
Task<std::vector<TextRow>> text_rows(db::Connection& connection, std::string sql);

}  // namespace plinth::migrate
