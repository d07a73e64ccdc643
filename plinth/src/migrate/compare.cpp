#include "migrate/compare.hpp"

#include <algorithm>
#include <iterator>

#include "migrate/differences.hpp"

namespace plinth::migrate::autogenerate {

namespace {

void append(Changes& to, Changes& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
  from.clear();
}

// Changes of one table stand together, in the order of the phases, tables by name.
Changes by_table(Differences& differences) {
  Changes altering;
  for (auto phase :
       {Phase::drop_foreign_keys, Phase::drop_constraints, Phase::add_columns, Phase::alter_columns,
        Phase::drop_columns, Phase::create_constraints, Phase::create_foreign_keys}) {
    append(altering, differences.at(phase));
  }
  // A sort that keeps the order of equals.
  std::vector<std::string> tables;
  for (const auto& one : altering) tables.push_back(*altered_table(one.change));
  std::ranges::sort(tables);
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  Changes sorted;
  for (const auto& table : tables) {
    for (auto& one : altering) {
      const auto* of = altered_table(one.change);
      if (of && *of == table) sorted.push_back(one);
    }
  }
  return sorted;
}

Changes ordered(Differences& differences) {
  Changes changes;
  if (differences.dialect == db::Dialect::sqlite) {
    auto altering = by_table(differences);
    // Tables that are dropped first are dropped without their foreign keys' leave.
    for (auto phase : {Phase::create_enums, Phase::drop_indexes, Phase::drop_tables_first,
                       Phase::create_tables}) {
      append(changes, differences.at(phase));
    }
    append(changes, altering);
  }
  for (auto& phase : differences.phases) append(changes, phase);
  return changes;
}

}  // namespace

std::vector<TablePair> pairs_of(const Schema& live, const Schema& wanted) {
  std::vector<TablePair> pairs;
  for (std::size_t i = 0; i < wanted.tables.size(); ++i) {
    for (std::size_t k = 0; k < live.tables.size(); ++k) {
      if (live.tables[k].name != wanted.tables[i].name) continue;
      pairs.push_back({.live = live.tables[k],
                       .live_spelled = live.spelled[k],
                       .wanted = wanted.tables[i],
                       .wanted_spelled = wanted.spelled[i]});
    }
  }
  return pairs;
}

Comparison compare(const Schema& live, const Schema& wanted, std::span<const Backfill> backfills,
                   db::Dialect dialect) {
  Differences differences(live, wanted, backfills, dialect);
  compare_enums(differences);
  const auto pairs = pairs_of(live, wanted);
  for (const auto& pair : pairs) {
    compare_columns(differences, pair);
    compare_constraints(differences, pair);
    compare_indexes(differences, pair);
  }
  for (const auto& pair : pairs) compare_foreign_keys(differences, pair);
  compare_tables(differences);
  finish_enums(differences);
  return {.upgrade = ordered(differences), .detected = std::move(differences.detected)};
}

}  // namespace plinth::migrate::autogenerate
