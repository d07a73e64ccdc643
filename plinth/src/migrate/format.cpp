// Follows Script.cmd_format and log_entry of alembic/script/base.py.
#include "migrate/format.hpp"

#include <filesystem>

#include "migrate/new_revision.hpp"

namespace plinth::migrate {

namespace {

std::string parents_of(const History& history, Place place) {
  const auto& down = history.node(place).down;
  return down.empty() ? "<base>" : listed(history, down);
}

template <class Names>
std::string names_of(const Names& names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string tree_of(const Node& node) {
  return std::string(node.is_branch_point() ? " (branchpoint)" : "") +
         (node.is_merge_point() ? " (mergepoint)" : "");
}

}  // namespace

std::string line_of(const History& history, Place place, const LineOptions& options) {
  const Node& node = history.node(place);
  std::string text(history.id(place));
  if (options.parents) {
    auto from = parents_of(history, place);
    if (!node.depends_on.empty()) from += " (" + names_of(node.revision->depends_on) + ")";
    text = from + " -> " + text;
  }
  if (options.branches && !node.labels.empty()) text += " (" + names_of(node.labels) + ")";
  if (node.is_head()) text += node.all_next.empty() ? " (head)" : " (effective head)";
  if (options.current) text += " (current)";
  if (options.tree) text += tree_of(node);
  if (options.message) text += ", " + std::string(node.revision->message);
  return text;
}

std::string entry_of(const History& history, Place place, bool current) {
  const Node& node = history.node(place);
  const Revision& revision = *node.revision;
  auto text = "Rev: " + std::string(revision.revision) + (node.is_head() ? " (head)" : "") +
              tree_of(node) + (current ? " (current)" : "") + "\n";
  text += (node.is_merge_point() ? "Merges: " : "Parent: ") + parents_of(history, place) + "\n";
  if (!revision.depends_on.empty()) {
    text += "Also depends on: " + names_of(revision.depends_on) + "\n";
  }
  if (node.is_branch_point()) text += "Branches into: " + listed(history, node.next) + "\n";
  if (!node.labels.empty()) text += "Branch names: " + names_of(node.labels) + "\n";
  // Known where the sources are; a deployed program has none.
  const auto path =
      std::filesystem::absolute(revision_path("migrations", revision.revision, revision.message));
  if (std::filesystem::exists(path)) text += "Path: " + path.string() + "\n";
  text += "\n    " + std::string(revision.message) +
          "\n    \n    Revision ID: " + std::string(revision.revision) +
          "\n    Revises: " + listed(history, node.down) +
          "\n    Create Date: " + std::string(revision.create_date) + "\n\n";
  return text;
}

}  // namespace plinth::migrate
