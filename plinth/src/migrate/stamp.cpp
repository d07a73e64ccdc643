// Follows _stamp_revs of alembic/script/base.py.
#include "migrate/stamp.hpp"

#include <algorithm>
#include <utility>

#include "migrate/targets.hpp"
#include "migrate/version_table.hpp"

namespace plinth::migrate {

namespace {

bool meet(const Places& places, const std::vector<Place>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](Place row) { return places.contains(row); });
}

StampStep make(const History& history, std::vector<Place> from, std::optional<Place> to) {
  return {"stamp_revision " + listed(history, from) + " -> " +
              (to ? std::string(history.id(*to)) : std::string()),
          std::move(from), to};
}

}  // namespace

std::vector<StampStep> stamp_steps(const History& history, const std::vector<std::string>& targets,
                                   const std::vector<Place>& rows) {
  // Rows that the targets have to do with.
  std::vector<Place> concerned;
  for (const auto& target : targets) {
    for (Place row : on_branch(history, rows, target, Via::dependencies)) {
      if (std::find(concerned.begin(), concerned.end(), row) == concerned.end()) {
        concerned.push_back(row);
      }
    }
  }
  std::vector<StampStep> steps;
  for (const auto& target : targets) {
    const auto places = resolve(history, target);
    if (places.empty()) {
      for (Place row : std::exchange(concerned, {})) steps.push_back(make(history, {row}, {}));
    }
    for (Place to : places) {
      if (std::find(concerned.begin(), concerned.end(), to) != concerned.end()) continue;
      const bool moves = meet(history.descendants({to}, Via::dependencies), concerned) ||
                         meet(history.ancestors({to}, Via::dependencies), concerned);
      // Rows that went to one target are not there for the next.
      steps.push_back(
          make(history, moves ? std::exchange(concerned, {}) : std::vector<Place>(), to));
    }
  }
  return steps;
}

std::vector<std::string> stamp_versions(const History& history, const StampStep& step,
                                        db::Dialect dialect) {
  if (!step.to) return {delete_version(history.id(step.from.front()))};
  if (step.from.empty()) return {insert_version(history.id(*step.to), dialect)};
  return merge_versions(history, step.from, *step.to);
}

void follow(const StampStep& step, std::vector<Place>& rows) {
  std::erase_if(rows, [&](Place row) {
    return std::find(step.from.begin(), step.from.end(), row) != step.from.end();
  });
  if (step.to) rows.push_back(*step.to);
}

}  // namespace plinth::migrate
