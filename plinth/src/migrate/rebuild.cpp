#include "migrate/rebuild.hpp"

#include "db/quote_list.hpp"
#include "migrate/history.hpp"
#include "migrate/sql.hpp"
#include "migrate/statements.hpp"
#include "migrate/table_text.hpp"
#include "migrate/tokens.hpp"

namespace plinth::migrate {

namespace {

using db::Connection;

constexpr auto sqlite = db::Dialect::sqlite;

// What sqlite_master has of a table and around it.
struct Found {
  std::string table;                 // its CREATE TABLE; empty: there is none
  bool numbered = false;             // AUTOINCREMENT remembers its last number
  std::vector<std::string> indexes;  // their CREATE INDEX
  // Views and triggers, all of them: SQLite looks at each when a table is renamed, and refuses
  // where one of them names the table that is just not there.
  std::vector<std::string> dropped;
  std::vector<std::string> remade;
};

Task<Found> look(Connection& connection, std::string table) {
  auto work = std::make_shared<db::Work>();
  work->commands.push_back(
      query("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND "
            "type IN ('table', 'index', 'view', 'trigger') ORDER BY rowid"));
  co_await connection.run(work);
  Found found;
  for (const auto& row : rows_of(*work, 0)) {
    const auto& type = std::get<std::string>(row.at(0));
    const auto& name = std::get<std::string>(row.at(1));
    const auto& sql = std::get<std::string>(row.at(3));
    const bool own = same_name(std::get<std::string>(row.at(2)), table);
    if (type == "table" && own) {
      found.table = sql;
      found.numbered = has_words(tokens_of(sql), {"AUTOINCREMENT"});
    } else if (type == "index" && own) {
      found.indexes.push_back(sql);
    } else if (type == "view" || type == "trigger") {
      found.dropped.push_back("DROP " + upper(type) + " IF EXISTS " + db::quoted(name));
      found.remade.push_back(sql);
    }
  }
  co_return found;
}

// An index is about a column that has gone.
bool is_lost(const std::string& index, const TableText& before, const TableText& after) {
  for (const auto& column : before.copied()) {
    if (!after.has_column(column) && mentions(index, column)) return true;
  }
  return false;
}

std::vector<std::string> swap_sql(const std::string& table, const Found& found,
                                  const TableText& before, const TableText& after) {
  const auto made = "_alembic_tmp_" + table;
  const auto columns = db::quoted_list(after.copied());
  std::vector<std::string> all = found.dropped;
  all.push_back(after.sql(made));
  if (!columns.empty()) {
    all.push_back("INSERT INTO " + db::quoted(made) + " (" + columns + ") SELECT " + columns +
                  " FROM " + db::quoted(table));
  }
  if (found.numbered) {
    const auto name = quoted_text(made, sqlite);
    all.push_back("DELETE FROM sqlite_sequence WHERE name = " + name);
    all.push_back("INSERT INTO sqlite_sequence (name, seq) SELECT " + name +
                  ", seq FROM sqlite_sequence WHERE name = " + quoted_text(table, sqlite));
  }
  all.push_back("DROP TABLE " + db::quoted(table));
  all.push_back("ALTER TABLE " + db::quoted(made) + " RENAME TO " + db::quoted(table));
  for (const auto& index : found.indexes) {
    if (!is_lost(index, before, after)) all.push_back(index);
  }
  all.insert(all.end(), found.remade.begin(), found.remade.end());
  return all;
}

Task<void> make_anew(Connection& connection, std::string table, std::vector<Change> changes) {
  const auto found = co_await look(connection, table);
  if (found.table.empty()) throw CommandError("There is no table " + table + " to alter");
  const TableText before(table, found.table);
  auto after = before;
  for (const auto& change : changes) after.apply(change);
  co_await run_all(connection, swap_sql(table, found, before, after));
}

// What one rebuild can do together. A new name is given in place, before what comes after it.
struct Segment {
  std::vector<std::string> first;  // indexes that go
  std::vector<Change> changes;
  std::vector<std::string> last;  // indexes that come, and a new name
};

Task<void> run_segment(Connection& connection, std::string table, Segment segment) {
  co_await run_all(connection, std::move(segment.first));
  bool anew = false;
  for (const auto& change : segment.changes) anew = anew || needs_new_table(change);
  if (anew) {
    co_await make_anew(connection, std::move(table), std::move(segment.changes));
  } else {
    for (const auto& change : segment.changes) {
      co_await run_all(connection, change_sql(change, sqlite));
    }
  }
  co_await run_all(connection, std::move(segment.last));
}

// Any change but the dropping of an index. True: the segment ends here.
bool append(Segment& segment, const Change& change) {
  if (std::holds_alternative<CreateIndex>(change)) {
    for (auto& sql : change_sql(change, sqlite)) segment.last.push_back(std::move(sql));
    return false;
  }
  if (const auto* alter = std::get_if<AlterColumn>(&change)) {
    auto in_place = *alter;
    in_place.to.new_column_name.clear();
    if (needs_new_table(Change(in_place))) segment.changes.emplace_back(in_place);
    if (alter->to.new_column_name.empty()) return false;
    const AlterColumn rename{
        alter->table, alter->column, {.new_column_name = alter->to.new_column_name}};
    for (auto& sql : change_sql(rename, sqlite)) segment.last.push_back(std::move(sql));
    return true;
  }
  segment.changes.push_back(change);
  return false;
}

}  // namespace

Task<void> run_batch(Connection& connection, Batch batch) {
  std::vector<Segment> segments(1);
  for (const auto& change : batch.changes) {
    // An index that goes does so before what follows, and after what was asked for before it.
    if (std::holds_alternative<DropIndex>(change)) {
      auto& current = segments.back();
      if (!current.changes.empty() || !current.last.empty()) segments.emplace_back();
      for (auto& sql : change_sql(change, sqlite)) {
        segments.back().first.push_back(std::move(sql));
      }
      continue;
    }
    if (append(segments.back(), change)) segments.emplace_back();
  }
  for (auto& segment : segments) {
    co_await run_segment(connection, batch.table, std::move(segment));
  }
}

}  // namespace plinth::migrate
