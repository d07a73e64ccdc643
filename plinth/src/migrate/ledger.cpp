#include "migrate/ledger.hpp"

#include <algorithm>

#include "db/civil_text.hpp"
#include "migrate/sql.hpp"
#include "migrate/statements.hpp"
#include "migrate/version_table.hpp"
#include "plinth/datetime.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

constexpr const char* view = "plinth_migrations";

// Without a function on the way up nothing can have been applied here.
std::string current_checksum(const Revision& revision, Dialect dialect) {
  if (!revision.upgrade) return {};
  Operations operations(dialect);
  revision.upgrade(operations);
  return checksum_of(operations.recorded(), dialect);
}

bool same_format(std::string_view left, std::string_view right) {
  return left.substr(0, left.find('-')) == right.substr(0, right.find('-'));
}

// Of a connection, or of any.
template <class Runner>
Task<Ledger> read_from(Runner& runner, Dialect dialect) {
  auto look = std::make_shared<db::Work>();
  look->commands.push_back(query(is_there(view, dialect)));
  co_await runner.run(look);
  if (!is_true(*look, 0)) co_return Ledger();

  auto read = std::make_shared<db::Work>();
  read->commands.push_back(
      query("SELECT revision, checksum, applied_at FROM " + std::string(view)));
  co_await runner.run(read);
  Ledger ledger;
  for (auto& row : rows_of(*read, 0)) {
    ledger.push_back({std::get<std::string>(row.at(0)), std::get<std::string>(row.at(1)),
                      std::get<std::string>(row.at(2))});
  }
  co_return ledger;
}

}  // namespace

Task<Ledger> read_ledger(db::Connection& connection, Dialect dialect) {
  return read_from(connection, dialect);
}

Task<Ledger> read_ledger(db::Driver& driver) { return read_from(driver, driver.dialect()); }

std::vector<std::string> write_ledger(const Ledger& ledger, Dialect dialect) {
  std::vector<std::string> all;
  // SQLite has no OR REPLACE here; PostgreSQL keeps by it what was granted.
  if (ledger.empty() || dialect == Dialect::sqlite) {
    all.push_back("DROP VIEW IF EXISTS " + std::string(view));
  }
  if (ledger.empty()) return all;
  std::string sql = dialect == Dialect::sqlite ? "CREATE VIEW " : "CREATE OR REPLACE VIEW ";
  sql += std::string(view) + " (revision, checksum, applied_at) AS VALUES ";
  const std::string text = dialect == Dialect::sqlite ? "" : "::text";
  bool first = true;
  for (const auto& entry : ledger) {
    sql += (first ? "(" : ", (") + quoted_text(entry.revision, dialect) + text + ", " +
           quoted_text(entry.checksum, dialect) + text + ", " +
           quoted_text(entry.applied_at, dialect) + text + ")";
    first = false;
  }
  all.push_back(std::move(sql));
  return all;
}

void enter(Ledger& ledger, std::string_view revision, std::string checksum) {
  strike(ledger, revision);
  ledger.push_back(
      {std::string(revision), std::move(checksum), db::civil_text(DateTime::now().microseconds)});
}

void strike(Ledger& ledger, std::string_view revision) {
  std::erase_if(ledger, [&](const LedgerEntry& entry) { return entry.revision == revision; });
}

void check_unedited(const History& history, const Places& applied, const Ledger& ledger,
                    Dialect dialect) {
  for (Place place : applied) {
    const auto& revision = history.revision(place);
    const auto entry = std::find_if(
        ledger.begin(), ledger.end(),
        [&](const LedgerEntry& candidate) { return candidate.revision == revision.revision; });
    if (entry == ledger.end()) continue;
    const auto now = current_checksum(revision, dialect);
    if (now.empty() || now == entry->checksum || !same_format(now, entry->checksum)) continue;
    const std::string id(revision.revision);
    throw CommandError(
        "Revision " + id + " (" + std::string(revision.message) + ") was applied on " +
        entry->applied_at +
        " UTC and has been edited since; restore it and put the change into a "
        "new revision, or, where it was never deployed, downgrade below it and upgrade again, or, "
        "if the database is as it should be, say so: stamp <the current revision>");
  }
}

}  // namespace plinth::migrate
