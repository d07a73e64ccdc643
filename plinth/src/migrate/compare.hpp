// Autogenerate: what leads from a live database to what the models want. Stands for Alembic's
// compare_metadata.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "migrate/change.hpp"
#include "migrate/reflect.hpp"

namespace plinth::migrate::autogenerate {

/// A schema in two spellings, table by table and item by item the same.
struct Schema {
  std::vector<sa::Table> tables;   // as written by models, or told by the database: what is run
  std::vector<sa::Table> spelled;  // expressions in the database's words: what is compared
  std::vector<sa::Type> enums = {};
  std::vector<Sequence> sequences = {};
};

/// What a column that is added gets in rows that are there, when its default is made in C++.
struct Backfill {
  std::string table;
  std::string column;
  std::string value;  // SQL
};

struct Comparison {
  Changes upgrade;                    // in an order that can be run
  std::vector<std::string> detected;  // in Alembic's words: "Detected added table 'users'"
};

/// Changes of tables that both have are in one piece a table on SQLite, where they become a batch;
/// on PostgreSQL in an order that foreign keys allow.
Comparison compare(const Schema& live, const Schema& wanted, std::span<const Backfill> backfills,
                   db::Dialect dialect);

}  // namespace plinth::migrate::autogenerate
