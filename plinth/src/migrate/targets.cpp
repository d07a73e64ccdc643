// Follows alembic/script/revision.py (1.8 to 1.18), function by function.
#include "migrate/targets.hpp"

#include <algorithm>
#include <charconv>

namespace plinth::migrate {

namespace {

// "label@symbol+2": each part may be absent.
struct Relative {
  std::string_view label;
  std::string_view symbol;
  int steps = 0;
  std::string_view text;  // "+2"
};

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<Relative> parse_relative(std::string_view target) {
  Relative found;
  if (const auto at = target.find('@'); at != std::string_view::npos && at > 0) {
    found.label = target.substr(0, at);
    target.remove_prefix(at + 1);
  }
  const auto sign = target.find_last_of("+-");
  if (sign == std::string_view::npos || !is_word(target.substr(0, sign))) return std::nullopt;
  found.symbol = target.substr(0, sign);
  found.text = target.substr(sign);
  const auto digits = found.text.substr(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), found.steps);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (found.text.front() == '-') found.steps = -found.steps;
  return found;
}

[[noreturn]] void fail_unknown(std::string_view id) {
  throw CommandError("Can't locate revision identified by '" + std::string(id) + "'");
}

[[noreturn]] void fail_heads(std::string_view argument) {
  const std::string word(argument);
  const std::string plain =
      word.substr(word.find('@') == std::string::npos ? 0 : word.find('@') + 1);
  throw CommandError("Multiple head revisions are present for given argument '" + word +
                     "'; please specify a specific target revision, '<branchname>@" + plain +
                     "' to narrow to a specific head, or 'heads' for all heads");
}

[[noreturn]] void fail_steps(std::string_view text) {
  throw CommandError("Relative revision " + std::string(text) + " didn't produce " +
                     std::string(text.substr(1)) + " migrations");
}

Place branch_of(const History& history, std::string_view label);

bool shares_lineage(const History& history, Place place, const std::vector<Place>& with, Via via) {
  if (with.empty()) return true;
  const auto below = history.ancestors({place}, via);
  const auto above = history.descendants({place}, via);
  return std::any_of(with.begin(), with.end(),
                     [&](Place other) { return below.contains(other) || above.contains(other); });
}

std::vector<Place> sharing(const History& history, const std::vector<Place>& places,
                           const std::vector<Place>& with, Via via = Via::down_revisions) {
  std::vector<Place> found;
  for (Place place : places) {
    if (shares_lineage(history, place, with, via)) found.push_back(place);
  }
  return found;
}

// An id, a label, or the only revision whose id begins so.
Place find_one(const History& history, std::string_view word, std::string_view label = {}) {
  std::vector<Place> branch;
  if (!label.empty()) branch.push_back(branch_of(history, label));
  std::optional<Place> found = history.find(word);
  if (!found) found = history.find_label(word);
  if (!found) {
    std::vector<Place> fitting;
    for (Place place = 0; place < history.size(); ++place) {
      if (!word.empty() && history.id(place).starts_with(word)) fitting.push_back(place);
    }
    fitting = sharing(history, fitting, branch);
    if (fitting.size() > 1) {
      throw CommandError("Multiple revisions start with '" + std::string(word) + "': '" +
                         std::string(history.id(fitting[0])) + "', '" +
                         std::string(history.id(fitting[1])) + "'");
    }
    if (fitting.empty()) fail_unknown(word);
    found = fitting.front();
  }
  if (!shares_lineage(history, *found, branch, Via::down_revisions)) {
    throw CommandError("Revision " + std::string(history.id(*found)) +
                       " is not a member of branch '" + std::string(label) + "'");
  }
  return *found;
}

Place branch_of(const History& history, std::string_view label) {
  if (auto place = history.find_label(label)) return *place;
  return find_one(history, label);
}

// Where a walk arrives: a revision, base, or beyond either end.
struct Arrival {
  bool beyond = false;
  std::optional<Place> place = {};  // none: base
};

Arrival walk(const History& history, std::optional<Place> from, int steps,
             std::string_view label = {}, bool stop_at_end = false) {
  for (int i = 0; i < std::abs(steps); ++i) {
    std::vector<Place> choice;
    if (steps > 0) {
      choice = from ? history.node(*from).next : history.bases();
      if (!label.empty()) choice = sharing(history, choice, {branch_of(history, label)});
      if (choice.empty()) return {.beyond = !stop_at_end, .place = from};
    } else {
      if (!from) return {.beyond = !stop_at_end, .place = {}};
      choice = history.node(*from).down;
      if (choice.empty()) {
        from = std::nullopt;
        continue;
      }
    }
    if (choice.size() > 1) {
      throw CommandError("Ambiguous walk: " + listed(history, choice) +
                         " are all next; name the revision, or a branch as <branchname>@" +
                         (steps > 0 ? "+1" : "-1"));
    }
    from = choice.front();
  }
  return {.beyond = false, .place = from};
}

std::string with_label(std::string_view label, std::string_view symbol) {
  return label.empty() ? std::string(symbol) : std::string(label) + "@" + std::string(symbol);
}

// None for base.
std::optional<Place> resolve_one(const History& history, std::string_view word) {
  const auto found = resolve(history, word);
  if (found.size() > 1) fail_heads(word);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

// Where "+2" begins.
std::optional<Place> upgrade_start(const History& history, const Relative& relative,
                                   const std::vector<Place>& current) {
  std::vector<Place> start = current;
  if (!relative.label.empty()) {
    const std::vector<Place> branch{branch_of(history, relative.label)};
    start = sharing(history, current, branch);
    if (start.empty()) {
      // The branch is not at a head: its newest revision among what has been applied.
      const auto applied =
          history.ancestors(Places(current.begin(), current.end()), Via::dependencies);
      const auto active = sharing(history, {applied.begin(), applied.end()}, branch);
      Places below;
      for (Place place : active) {
        below.insert(history.node(place).all_down.begin(), history.node(place).all_down.end());
      }
      for (Place place : active) {
        if (!below.contains(place)) start.push_back(place);
      }
    }
  }
  if (start.size() > 1) {
    throw CommandError("Ambiguous upgrade from multiple current revisions (" +
                       listed(history, start) + "); name a branch: <branchname>@" +
                       std::string(relative.text));
  }
  return start.empty() ? std::nullopt : std::optional(start.front());
}

std::vector<Place> upgrade_targets(const History& history, std::string_view target,
                                   const std::vector<Place>& current, bool stop_at_end = false) {
  const auto relative = parse_relative(target);
  if (!relative) return resolve(history, target);
  Arrival arrival;
  if (relative->symbol.empty()) {
    if (relative->steps <= 0) fail_steps(relative->text);
    arrival = walk(history, upgrade_start(history, *relative, current), relative->steps,
                   relative->label, stop_at_end);
  } else if (relative->steps > 0) {
    arrival = walk(history, resolve_one(history, relative->symbol), relative->steps,
                   relative->label, stop_at_end);
  } else {
    arrival = walk(history, resolve_one(history, with_label(relative->label, relative->symbol)),
                   relative->steps, {}, stop_at_end);
  }
  if (arrival.beyond) fail_steps(relative->text);
  return arrival.place ? std::vector{*arrival.place} : std::vector<Place>{};
}

// The heads of what has been applied: on each branch the newest.
std::vector<Place> newest_on(const History& history, const std::vector<Place>& current,
                             Place branch) {
  const auto applied = history.ancestors(Places(current.begin(), current.end()), Via::dependencies);
  std::vector<Place> found;
  for (Place place : sharing(history, {applied.begin(), applied.end()}, {branch})) {
    const auto& next = history.node(place).next;
    if (std::none_of(next.begin(), next.end(), [&](Place p) { return applied.contains(p); })) {
      found.push_back(place);
    }
  }
  return found;
}

struct Downgrade {
  std::string label;            // of the branch that is meant; may be empty
  std::optional<Place> target;  // none: base
};

Downgrade step_down(const History& history, const Relative& relative,
                    const std::vector<Place>& current) {
  std::vector<Place> from = current;
  if (!relative.label.empty()) {
    const Place branch = branch_of(history, relative.label);
    from = sharing(history, current, {branch});
    if (from.empty()) from = newest_on(history, current, branch);
  }
  if (from.empty()) fail_steps(relative.text);
  if (from.size() > 1) {
    throw CommandError("downgrade " + std::string(relative.text) + " from multiple heads (" +
                       listed(history, from) + ") is ambiguous; name the revision to go to, or " +
                       "a branch: <branchname>@" + std::string(relative.text) + " or " +
                       std::string(history.id(from.front())) + "@" + std::string(relative.text));
  }
  const auto arrival = walk(history, from.front(), relative.steps);
  if (arrival.beyond) fail_steps(relative.text);
  return {
      relative.label.empty() ? std::string(history.id(from.front())) : std::string(relative.label),
      arrival.place};
}

Downgrade downgrade_target(const History& history, std::string_view target,
                           const std::vector<Place>& current) {
  const auto relative = parse_relative(target);
  if (!relative) {
    const auto at = target.rfind('@');
    const bool has_label = at != std::string_view::npos;
    return {has_label ? std::string(target.substr(0, at)) : std::string(),
            resolve_one(history, has_label ? target.substr(at + 1) : target)};
  }
  if (relative->symbol.empty()) {
    if (relative->steps >= 0) fail_steps(relative->text);
    return step_down(history, *relative, current);
  }
  const auto from = relative->steps > 0
                        ? resolve_one(history, relative->symbol)
                        : resolve_one(history, with_label(relative->label, relative->symbol));
  const auto arrival = walk(history, from, relative->steps,
                            relative->steps > 0 ? relative->label : std::string_view());
  if (arrival.beyond) throw CommandError("Walked too far");
  return {std::string(relative->label), arrival.place};
}

[[noreturn]] void fail_downgrade(std::string_view target) {
  throw CommandError("Destination " + std::string(target) +
                     " is not a valid downgrade target from current head(s)");
}

}  // namespace

std::vector<Place> resolve(const History& history, std::string_view word) {
  std::string_view label;
  std::string_view id = word;
  if (const auto at = word.find('@'); at != std::string_view::npos) {
    label = word.substr(0, at);
    id = word.substr(at + 1);
  }
  const auto branch = label.empty() ? std::vector<Place>{} : std::vector{branch_of(history, label)};
  if (id == "base") return {};
  if (id == "heads") {
    return label.empty() ? history.real_heads() : sharing(history, history.heads(), branch);
  }
  if (id == "head") {
    auto heads = sharing(history, history.heads(), branch);
    if (heads.size() > 1) fail_heads(word);
    return heads;
  }
  return {find_one(history, id, label)};
}

std::vector<Place> upgrade_path(const History& history, std::string_view target,
                                const std::vector<Place>& current) {
  const auto targets = upgrade_targets(history, target, current);
  auto needed = history.ancestors(Places(targets.begin(), targets.end()), Via::dependencies);
  for (Place done : history.ancestors(Places(current.begin(), current.end()), Via::dependencies)) {
    needed.erase(done);
  }
  auto path = history.sorted(needed, targets);
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<Place> downgrade_path(const History& history, std::string_view target,
                                  const std::vector<Place>& current) {
  const auto goal = downgrade_target(history, target, current);
  auto roots = goal.target ? history.node(*goal.target).next : history.bases();
  if (!goal.label.empty() && roots.size() > 1) {
    const auto line = history.ancestors({branch_of(history, goal.label)}, Via::down_revisions);
    std::erase_if(roots, [&](Place root) { return !line.contains(root); });
    if (roots.empty()) throw CommandError("Not a valid downgrade target from current heads");
  }
  const auto above = history.descendants(Places(roots.begin(), roots.end()), Via::dependencies);
  Places undone;
  for (Place active :
       history.ancestors(Places(current.begin(), current.end()), Via::dependencies)) {
    if (above.contains(active)) undone.insert(active);
  }
  if (goal.target && undone.empty() &&
      std::find(current.begin(), current.end(), *goal.target) == current.end()) {
    fail_downgrade(target);
  }
  return history.sorted(undone, current);
}

std::vector<Place> history_range(const History& history, std::string_view lower,
                                 std::string_view upper, const std::vector<Place>& current) {
  std::vector<Place> tops =
      upper == "current"
          ? current
          : upgrade_targets(history, upper.empty() ? "heads" : upper,
                            lower == "current" ? current : std::vector<Place>{}, true);
  std::vector<Place> bottoms;
  if (lower == "current") {
    bottoms = current;
  } else if (const auto relative = parse_relative(lower); relative && relative->symbol.empty()) {
    if (tops.size() > 1) fail_heads(upper.empty() ? "head" : upper);
    const auto arrival = walk(history, tops.empty() ? std::nullopt : std::optional(tops.front()),
                              relative->steps, relative->label, true);
    if (arrival.place) bottoms.push_back(*arrival.place);
  } else if (!lower.empty()) {
    bottoms = upgrade_targets(history, lower, current, true);
  }
  auto shown = history.ancestors(Places(tops.begin(), tops.end()), Via::dependencies);
  for (Place bottom : bottoms) {
    if (shown.contains(bottom)) continue;
    throw CommandError("Requested range " + std::string(lower) + ":" +
                       std::string(upper.empty() ? "heads" : upper) +
                       " does not refer to ancestor/descendant revisions along the same branch");
  }
  if (!bottoms.empty()) {
    const auto above =
        history.descendants(Places(bottoms.begin(), bottoms.end()), Via::down_revisions);
    std::erase_if(shown, [&](Place place) { return !above.contains(place); });
  }
  return history.sorted(shown, tops);
}

std::vector<Place> on_branch(const History& history, const std::vector<Place>& places,
                             std::string_view word, Via via) {
  std::vector<Place> with;
  if (const auto at = word.find('@'); at != std::string_view::npos) {
    with.push_back(branch_of(history, word.substr(0, at)));
  }
  const auto of_word = resolve(history, word);
  with.insert(with.end(), of_word.begin(), of_word.end());
  return sharing(history, places, with, via);
}

}  // namespace plinth::migrate
