#include "migrate/history.hpp"

#include <algorithm>
#include <deque>

namespace plinth::migrate {

bool holds(const std::vector<Place>& places, Place place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

namespace {

constexpr std::size_t id_limit = 32;  // alembic_version.version_num is VARCHAR(32)

void check_ids(std::span<const Revision> revisions) {
  std::set<std::string_view> seen;
  for (const Revision& revision : revisions) {
    const std::string id(revision.revision);
    check_id(id);
    if (!seen.insert(revision.revision).second) {
      throw CommandError("Revision " + id + " is present more than once");
    }
  }
}

}  // namespace

void check_id(const std::string& id) {
  if (id.empty()) throw CommandError("A revision has no id");
  if (id.size() > id_limit) {
    throw CommandError("Revision id '" + id + "' is longer than 32 characters");
  }
  if (id.find_first_of("'\\@: +-,") != std::string::npos) {
    throw CommandError("Revision id '" + id + "' may hold letters, digits and '_' only");
  }
  if (id == "head" || id == "heads" || id == "base" || id == "current") {
    throw CommandError("Revision id '" + id + "' is a word of the command line; take another");
  }
}

History::History(std::span<const Revision> revisions) {
  check_ids(revisions);
  for (const Revision& revision : revisions) {
    nodes_.push_back({.revision = &revision,
                      .down = {},
                      .all_down = {},
                      .next = {},
                      .all_next = {},
                      .depends_on = {}});
  }
  link();
  check_cycles();
  normalize_dependencies();
  label_branches();
}

Place History::place_of(std::string_view id, const Revision& from, const char* what) const {
  if (auto place = find(id)) return *place;
  throw CommandError("Revision " + std::string(from.revision) + " has the " + what + " '" +
                     std::string(id) + "', which is not present; list its file in env.cpp, or " +
                     "correct the id");
}

void History::link() {
  for (Place place = 0; place < size(); ++place) {
    Node& node = nodes_[place];
    for (const auto id : node.revision->down_revision) {
      node.down.push_back(place_of(id, *node.revision, "down_revision"));
    }
    for (const auto name : node.revision->depends_on) {
      const auto label = find_label(name);
      node.depends_on.push_back(label ? *label : place_of(name, *node.revision, "depends_on"));
    }
    node.all_down = node.down;
    for (Place down : node.depends_on) {
      if (!holds(node.all_down, down)) node.all_down.push_back(down);
    }
    for (Place down : node.down) nodes_[down].next.push_back(place);
    for (Place down : node.all_down) nodes_[down].all_next.push_back(place);
  }
}

// Kahn's way: what is left when all without a predecessor have been taken lies on a circle.
void History::check_cycles() const {
  std::vector<std::size_t> waits(size());
  std::deque<Place> free;
  for (Place place = 0; place < size(); ++place) {
    waits[place] = nodes_[place].all_down.size();
    if (waits[place] == 0) free.push_back(place);
  }
  while (!free.empty()) {
    const Place place = free.front();
    free.pop_front();
    for (Place next : nodes_[place].all_next) {
      if (--waits[next] == 0) free.push_back(next);
    }
  }
  std::string circle;
  for (Place place = 0; place < size(); ++place) {
    if (waits[place] > 0) circle += (circle.empty() ? "" : ", ") + std::string(id(place));
  }
  if (!circle.empty()) throw CommandError("Cycle is detected in revisions (" + circle + ")");
}

// A dependency that an ancestor on the branch has already is no step of its own.
void History::normalize_dependencies() {
  for (Place place = 0; place < size(); ++place) {
    Node& node = nodes_[place];
    if (node.depends_on.empty()) continue;
    Places implied;
    for (Place ancestor : ancestors({place}, Via::down_revisions)) {
      if (ancestor == place) continue;
      implied.insert(nodes_[ancestor].depends_on.begin(), nodes_[ancestor].depends_on.end());
    }
    node.all_down = node.down;
    for (Place down : node.depends_on) {
      if (!implied.contains(down) && !holds(node.all_down, down)) node.all_down.push_back(down);
    }
  }
}

// A label names the whole branch: all that follows, and what came before back to where it forked.
void History::label_branches() {
  std::set<std::string_view> seen;
  for (Place place = 0; place < size(); ++place) {
    for (const auto label : revision(place).branch_labels) {
      if (!seen.insert(label).second || find(label)) {
        throw CommandError("Branch name '" + std::string(label) + "' in revision " +
                           std::string(id(place)) + " already used by another revision");
      }
      for (Place member : descendants({place}, Via::down_revisions)) {
        nodes_[member].labels.push_back(label);
      }
      label_parents(place, label);
    }
  }
}

void History::label_parents(Place from, std::string_view label) {
  while (nodes_[from].down.size() == 1) {
    from = nodes_[from].down.front();
    if (nodes_[from].all_next.size() > 1 || nodes_[from].is_merge_point()) return;
    nodes_[from].labels.push_back(label);
  }
}

std::optional<Place> History::find(std::string_view id) const {
  for (Place place = 0; place < size(); ++place) {
    if (nodes_[place].revision->revision == id) return place;
  }
  return std::nullopt;
}

std::optional<Place> History::find_label(std::string_view label) const {
  for (Place place = 0; place < size(); ++place) {
    for (const auto own : revision(place).branch_labels) {
      if (own == label) return place;
    }
  }
  return std::nullopt;
}

std::vector<Place> History::heads() const {
  std::vector<Place> found;
  for (Place place = 0; place < size(); ++place) {
    if (nodes_[place].next.empty()) found.push_back(place);
  }
  return found;
}

std::vector<Place> History::real_heads() const {
  std::vector<Place> found;
  for (Place place = 0; place < size(); ++place) {
    if (nodes_[place].all_next.empty()) found.push_back(place);
  }
  return found;
}

std::vector<Place> History::bases() const {
  std::vector<Place> found;
  for (Place place = 0; place < size(); ++place) {
    if (nodes_[place].down.empty()) found.push_back(place);
  }
  return found;
}

Places History::ancestors(const Places& of, Via via) const {
  Places found;
  std::vector<Place> todo(of.begin(), of.end());
  while (!todo.empty()) {
    const Place place = todo.back();
    todo.pop_back();
    if (!found.insert(place).second) continue;
    const auto& more = via == Via::dependencies ? nodes_[place].all_down : nodes_[place].down;
    todo.insert(todo.end(), more.begin(), more.end());
  }
  return found;
}

Places History::descendants(const Places& of, Via via) const {
  Places found;
  std::vector<Place> todo(of.begin(), of.end());
  while (!todo.empty()) {
    const Place place = todo.back();
    todo.pop_back();
    if (!found.insert(place).second) continue;
    const auto& more = via == Via::dependencies ? nodes_[place].all_next : nodes_[place].next;
    todo.insert(todo.end(), more.begin(), more.end());
  }
  return found;
}

// Goes down one branch as long as no other head follows it, as Alembic does.
std::vector<Place> History::sorted(const Places& places, const std::vector<Place>& heads) const {
  Places todo = places;
  Places first;
  for (Place head : heads) {
    if (todo.contains(head)) first.insert(head);
  }
  std::vector<Place> current(first.begin(), first.end());
  std::vector<Place> output;
  std::size_t at = 0;
  while (!current.empty()) {
    const Place candidate = current[at];
    bool follows = false;
    for (std::size_t i = 0; i < current.size() && !follows; ++i) {
      if (i == at || current[i] == candidate) continue;
      if (!ancestors({current[i]}, Via::dependencies).contains(candidate)) continue;
      at = i;
      follows = true;
    }
    if (follows) continue;
    if (todo.erase(candidate) > 0) output.push_back(candidate);
    std::vector<Place> more;
    for (Place down : nodes_[candidate].all_down) {
      if (todo.contains(down) && !holds(current, down)) more.push_back(down);
    }
    if (more.empty()) {
      current.erase(current.begin() + static_cast<std::ptrdiff_t>(at));
      at = at > 0 ? at - 1 : 0;
    } else {
      current[at] = more.front();
      current.insert(current.end(), more.begin() + 1, more.end());
    }
  }
  return output;
}

std::string listed(const History& history, const std::vector<Place>& places) {
  std::string text;
  for (Place place : places) text += (text.empty() ? "" : ", ") + std::string(history.id(place));
  return text;
}

}  // namespace plinth::migrate
