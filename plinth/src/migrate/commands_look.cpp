// Commands that change nothing.
#include <algorithm>

#include "db/url.hpp"
#include "migrate/commands.hpp"
#include "migrate/format.hpp"
#include "migrate/lint.hpp"
#include "migrate/lock.hpp"
#include "migrate/online.hpp"
#include "migrate/targets.hpp"

namespace plinth::migrate {

namespace {

// Where the database is.
std::vector<Place> current_rows(const Context& context) {
  auto engine = context.engine();
  return places_of(context.history, plinth::run(read_versions(engine)));
}

std::vector<Place> all_sorted(const History& history) {
  Places all;
  for (Place place = 0; place < history.size(); ++place) all.insert(place);
  return history.sorted(all, history.real_heads());
}

struct RangeEnds {
  std::string lower;
  std::string upper;
};

RangeEnds range_ends(const std::string& range) {
  const auto colon = range.find(':');
  if (range.empty()) return {};
  if (colon == std::string::npos) {
    throw CommandError("History range requires [start]:[end], [start]:, or :[end]");
  }
  return {range.substr(0, colon), range.substr(colon + 1)};
}

}  // namespace

void run_current(Context& context) {
  const bool verbose = context.arguments.flag("--verbose", "-v");
  context.arguments.end();
  context.announce();
  const auto rows = current_rows(context);
  if (verbose) print("Current revision(s) for " + db::without_password(context.url) + ":\n");
  // On each branch the newest, also where another branch that depends on it stands for it.
  const auto& history = context.history;
  const auto applied = history.ancestors(Places(rows.begin(), rows.end()), Via::dependencies);
  for (Place place : history.sorted(applied, rows)) {
    const auto& next = history.node(place).next;
    if (std::any_of(next.begin(), next.end(), [&](Place p) { return applied.contains(p); })) {
      continue;
    }
    print(verbose ? entry_of(history, place) : line_of(history, place) + "\n");
  }
}

void run_heads(Context& context) {
  const bool verbose = context.arguments.flag("--verbose", "-v");
  const bool resolved = context.arguments.flag("--resolve-dependencies");
  context.arguments.end();
  const auto& history = context.history;
  for (Place place : resolved ? history.real_heads() : history.heads()) {
    print(verbose ? entry_of(history, place)
                  : line_of(history, place, {.branches = true, .tree = false}) + "\n");
  }
}

void run_branches(Context& context) {
  const bool verbose = context.arguments.flag("--verbose", "-v");
  context.arguments.end();
  const auto& history = context.history;
  for (Place place : all_sorted(history)) {
    if (!history.node(place).is_branch_point()) continue;
    print((verbose ? entry_of(history, place) : line_of(history, place, {.branches = true})) +
          "\n");
    for (Place next : history.node(place).next) {
      print(std::string(history.id(place).size(), ' ') + " -> " +
            line_of(history, next, {.branches = true, .message = verbose}) + "\n");
    }
    print("\n");
  }
}

void run_history(Context& context) {
  const bool verbose = context.arguments.flag("--verbose", "-v");
  const bool indicate = context.arguments.flag("--indicate-current", "-i");
  const auto range = range_ends(context.arguments.option("--rev-range", "-r"));
  context.arguments.end();
  const auto& history = context.history;
  const bool asks = indicate || range.lower == "current" || range.upper == "current";
  std::vector<Place> current;
  if (asks) {
    context.announce();
    current = current_rows(context);
  }
  for (Place place : history_range(history, range.lower, range.upper, current)) {
    const bool is_current = indicate && holds(current, place);
    print(
        verbose
            ? entry_of(history, place, is_current)
            : line_of(history, place,
                      {.branches = true, .message = true, .parents = true, .current = is_current}) +
                  "\n");
  }
}

void run_show(Context& context) {
  const auto word = context.arguments.word("rev");
  context.arguments.end();
  const auto places = word == "current" ? current_rows(context) : resolve(context.history, word);
  for (Place place : places) print(entry_of(context.history, place));
}

void run_lint(Context& context) {
  const auto range = range_ends(context.arguments.option("--rev-range", "-r"));
  context.arguments.end();
  const auto& history = context.history;
  std::vector<Place> current;
  if (range.lower == "current" || range.upper == "current") current = current_rows(context);
  auto path = history_range(history, range.lower, range.upper, current);
  // What comes first is not part of what is asked about: it has been applied.
  if (!range.lower.empty()) {
    const auto below = range.lower == "current" ? current : resolve(history, range.lower);
    std::erase_if(path, [&](Place place) { return holds(below, place); });
  }
  const auto findings = lint(history, path);
  for (const auto& finding : findings) print(finding.revision + ": " + finding.text + "\n");
  if (findings.empty()) return;
  throw CommandError("lint found " + std::to_string(findings.size()) +
                     (findings.size() == 1 ? " operation" : " operations") +
                     " that a large table in use would feel; a revision for which that is no "
                     "matter says .lint = false");
}

}  // namespace plinth::migrate
