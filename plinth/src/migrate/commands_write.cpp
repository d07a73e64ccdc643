// Commands that write a file.
#include <algorithm>

#include "migrate/autogenerate.hpp"
#include "migrate/commands.hpp"
#include "migrate/new_revision.hpp"
#include "migrate/targets.hpp"

namespace plinth::migrate {

namespace {

// "a,b" and "a b", as Alembic takes several names in one option.
std::vector<std::string> split(const std::string& words) {
  std::vector<std::string> parts(1);
  for (char c : words) {
    if (c != ',' && c != ' ') {
      parts.back() += c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

void generate(const History& history, NewRevision wanted) {
  print("Generating " + write_revision(history, std::move(wanted)) + " ...  done\n");
}

}  // namespace

std::vector<Place> parents_for(const History& history, const std::string& head, bool splice) {
  std::vector<Place> parents;
  try {
    parents = resolve(history, head.empty() ? "head" : head);
  } catch (const CommandError& error) {
    if (!std::string_view(error.what()).starts_with("Multiple head")) throw;
    throw CommandError(
        "Multiple heads are present; please specify the head revision on which the "
        "new revision should be based, or perform a merge.");
  }
  for (Place parent : parents) {
    if (splice || history.node(parent).is_head()) continue;
    throw CommandError("Revision " + std::string(history.id(parent)) +
                       " is not a head revision; please specify --splice to create a new branch "
                       "from this revision");
  }
  return parents;
}

NewRevision revision_options(Context& context) {
  auto& arguments = context.arguments;
  NewRevision wanted;
  wanted.message = arguments.option("--message", "-m");
  wanted.id = arguments.option("--rev-id");
  const bool splice = arguments.flag("--splice");
  const auto head = arguments.option("--head");
  for (const auto& option : arguments.options("--branch-label")) {
    for (auto& label : split(option)) wanted.branch_labels.push_back(std::move(label));
  }
  for (const auto& option : arguments.options("--depends-on")) {
    for (const auto& name : split(option)) {
      const bool is_label = context.history.find_label(name).has_value();
      for (Place place : resolve(context.history, name)) {
        wanted.depends_on.push_back(is_label ? name : std::string(context.history.id(place)));
      }
    }
  }
  wanted.down_revision = parents_for(context.history, head, splice);
  return wanted;
}

void run_revision(Context& context) {
  const bool compares = context.arguments.flag("--autogenerate");
  auto wanted = revision_options(context);
  context.arguments.end();
  if (compares) autogenerate::fill_in(context, wanted);
  generate(context.history, std::move(wanted));
}

void run_merge(Context& context) {
  NewRevision wanted;
  wanted.message = context.arguments.option("--message", "-m");
  wanted.id = context.arguments.option("--rev-id");
  wanted.branch_labels = split(context.arguments.option("--branch-label"));
  for (const auto& word : context.arguments.words("revisions")) {
    for (Place place : resolve(context.history, word)) {
      if (std::find(wanted.down_revision.begin(), wanted.down_revision.end(), place) !=
          wanted.down_revision.end()) {
        throw CommandError("Duplicate head revisions specified");
      }
      if (!context.history.node(place).is_head()) {
        throw CommandError("Revision " + std::string(context.history.id(place)) +
                           " is not a head revision; merge takes heads");
      }
      wanted.down_revision.push_back(place);
    }
  }
  generate(context.history, std::move(wanted));
}

}  // namespace plinth::migrate
