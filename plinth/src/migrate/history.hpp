// The revisions as a graph: what follows what, and where heads, bases and branches are.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/migrate.hpp"

namespace plinth::migrate {

/// What the revisions forbid. Shown as "FAILED: …", exit code 255.
struct CommandError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A revision by its index in the list that the application gave.
using Place = std::size_t;
using Places = std::set<Place>;

/// What a walk through the graph follows.
enum class Via : std::uint8_t {
  down_revisions,  // down_revision only: what belongs to one branch
  dependencies     // depends_on too: what must have been applied
};

struct Node {
  const Revision* revision;
  std::vector<Place> down;        // down_revision
  std::vector<Place> all_down;    // and depends_on, without what an ancestor depends on already
  std::vector<Place> next;        // that have it as down_revision
  std::vector<Place> all_next;    // that follow or depend on it
  std::vector<Place> depends_on;  // as written
  std::vector<std::string_view> labels = {};  // its branches: labels of it and of its branch

  bool is_branch_point() const { return next.size() > 1; }
  bool is_merge_point() const { return down.size() > 1; }
  bool is_head() const { return next.empty(); }
};

/// Read-only; views the revisions, which must outlive it.
class History {
 public:
  /// Throws CommandError for ids that are wrong, missing, doubled, or go round in a circle.
  explicit History(std::span<const Revision> revisions);

  std::size_t size() const { return nodes_.size(); }
  const Node& node(Place place) const { return nodes_[place]; }
  const Revision& revision(Place place) const { return *nodes_[place].revision; }
  std::string_view id(Place place) const { return revision(place).revision; }

  /// The place of an id; none when it is unknown.
  std::optional<Place> find(std::string_view id) const;
  /// The revision that carries this branch label.
  std::optional<Place> find_label(std::string_view label) const;

  // In the order of the list.
  std::vector<Place> heads() const;       // nothing has it as down_revision
  std::vector<Place> real_heads() const;  // nothing depends on it either
  std::vector<Place> bases() const;

  // With the places themselves.
  Places ancestors(const Places& of, Via via) const;
  Places descendants(const Places& of, Via via) const;

  /// Newest first: a revision comes before what it follows; branches stay together. `heads` are
  /// where to begin.
  std::vector<Place> sorted(const Places& places, const std::vector<Place>& heads) const;

 private:
  void link();
  void normalize_dependencies();
  void check_cycles() const;
  void label_branches();
  Place place_of(std::string_view id, const Revision& from, const char* what) const;
  void label_parents(Place from, std::string_view label);

  std::vector<Node> nodes_;
};

bool holds(const std::vector<Place>& places, Place place);

/// Throws CommandError for what cannot be the id of a revision.
void check_id(const std::string& id);

/// "a, b"
std::string listed(const History& history, const std::vector<Place>& places);

}  // namespace plinth::migrate
