// Follows HeadMaintainer of alembic/runtime/migration.py.
#include "migrate/version_table.hpp"

#include <algorithm>

#include "plinth/detail/ddl.hpp"

namespace plinth::migrate {

using db::Dialect;

namespace {

// Ids are checked: they hold letters, digits and '_' only. Those of another program may hold more.
std::string sql_text(std::string_view id) {
  std::string text = "'";
  for (char c : id) {
    if (c == '\'') text += c;
    text += c;
  }
  return text + "'";
}

}  // namespace

std::string create_version_table(Dialect dialect) {
  return sa::create_table("alembic_version",
                          {sa::Column("version_num", sa::String(32), {.nullable = false}),
                           sa::PrimaryKeyConstraint("version_num").named("alembic_version_pkc")},
                          dialect)
      .front();
}

std::string is_there(std::string_view relation, Dialect dialect) {
  if (dialect == Dialect::sqlite) {
    return "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') AND name = " +
           sql_text(relation);
  }
  return "SELECT to_regclass(" + sql_text(relation) + ") IS NOT NULL";
}

std::string insert_version(std::string_view id, Dialect dialect) {
  auto sql = "INSERT INTO alembic_version (version_num) VALUES (" + sql_text(id) + ")";
  if (dialect == Dialect::postgresql) sql += " RETURNING alembic_version.version_num";
  return sql;
}

std::string update_version(std::string_view from, std::string_view to) {
  return "UPDATE alembic_version SET version_num=" + sql_text(to) +
         " WHERE alembic_version.version_num = " + sql_text(from);
}

std::string delete_version(std::string_view id) {
  return "DELETE FROM alembic_version WHERE alembic_version.version_num = " + sql_text(id);
}

std::vector<std::string> apply_versions(const History& history, Place applied,
                                        std::vector<Place>& rows, Dialect dialect) {
  std::vector<Place> merged;
  for (Place down : history.node(applied).all_down) {
    if (holds(rows, down)) merged.push_back(down);
  }
  std::erase_if(rows, [&](Place row) { return holds(merged, row); });
  rows.push_back(applied);
  if (merged.empty()) return {insert_version(history.id(applied), dialect)};
  return merge_versions(history, merged, applied);
}

std::vector<std::string> undo_versions(const History& history, Place undone,
                                       std::vector<Place>& rows, Dialect dialect) {
  // Applied, but not a head by itself: another that remains depends on what it depended on.
  if (!holds(rows, undone)) return {};
  std::erase(rows, undone);
  const auto implied = history.ancestors(Places(rows.begin(), rows.end()), Via::dependencies);
  std::vector<Place> back;
  for (Place down : history.node(undone).all_down) {
    // One that another of them depends on is implied by that.
    Places others;
    for (Place other : history.node(undone).all_down) {
      if (other != down) others.insert(other);
    }
    if (implied.contains(down)) continue;
    if (!history.ancestors(others, Via::dependencies).contains(down)) back.push_back(down);
  }
  rows.insert(rows.end(), back.begin(), back.end());
  if (back.empty()) return {delete_version(history.id(undone))};
  std::vector<std::string> all;
  for (std::size_t i = 0; i + 1 < back.size(); ++i) {
    all.push_back(insert_version(history.id(back[i]), dialect));
  }
  all.push_back(update_version(history.id(undone), history.id(back.back())));
  return all;
}

std::vector<std::string> merge_versions(const History& history, const std::vector<Place>& from,
                                        Place to) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i + 1 < from.size(); ++i) {
    all.push_back(delete_version(history.id(from[i])));
  }
  all.push_back(update_version(history.id(from.back()), history.id(to)));
  return all;
}

}  // namespace plinth::migrate
