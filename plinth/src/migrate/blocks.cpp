#include "migrate/blocks.hpp"

#include <algorithm>

namespace plinth::migrate::autogenerate {

namespace {

// Changes of one table that follow one another.
void append_run(std::vector<Block>& blocks, const std::string& table, const Changes& run) {
  Block batch{.batch = table, .changes = {}};
  for (const auto& one : run) {
    // A new column is in nobody's way, and costs no copy of the table.
    if (std::holds_alternative<AddColumn>(one.change) && !needs_batch(one.change)) {
      blocks.push_back({.batch = {}, .changes = {one}});
    } else {
      batch.changes.push_back(one);
    }
  }
  if (!batch.changes.empty()) blocks.push_back(std::move(batch));
}

}  // namespace

std::vector<Block> blocks_of(const Changes& changes, db::Dialect dialect) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < changes.size();) {
    const auto* table = altered_table(changes[i].change);
    if (!table || dialect != db::Dialect::sqlite) {
      blocks.push_back({.batch = {}, .changes = {changes[i++]}});
      continue;
    }
    Changes run;
    while (i < changes.size()) {
      const auto* same = altered_table(changes[i].change);
      if (!same || *same != *table) break;
      run.push_back(changes[i++]);
    }
    append_run(blocks, *table, run);
  }
  return blocks;
}

}  // namespace plinth::migrate::autogenerate
