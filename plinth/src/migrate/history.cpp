#include "migrate/history.hpp"

#include <algorithm>
#include <charconv>

namespace plinth::migrate {

namespace {

constexpr std::size_t id_limit = 32;  // alembic_version.version_num is VARCHAR(32)

void check_ids(std::span<const Revision> revisions) {
  for (const Revision& revision : revisions) {
    const std::string id(revision.revision);
    if (id.empty()) throw CommandError("A revision has no id");
    if (id.size() > id_limit) {
      throw CommandError("Revision id '" + id + "' is longer than 32 characters");
    }
    if (id.find_first_of("'\\@: +-") != std::string::npos) {
      throw CommandError("Revision id '" + id + "' may hold letters, digits and '_' only");
    }
    const auto same = std::count_if(revisions.begin(), revisions.end(), [&](const Revision& other) {
      return other.revision == revision.revision;
    });
    if (same > 1) throw CommandError("Revision " + id + " is present more than once");
  }
}

const Revision* only_child(std::span<const Revision> revisions, std::string_view parent) {
  const Revision* found = nullptr;
  for (const Revision& revision : revisions) {
    if (revision.down_revision != parent) continue;
    if (found) {
      throw CommandError("Multiple head revisions are present: '" + std::string(found->revision) +
                         "' and '" + std::string(revision.revision) + "' both follow '" +
                         (parent.empty() ? std::string("<base>") : std::string(parent)) +
                         "'; give one of them the other as its down_revision");
    }
    found = &revision;
  }
  return found;
}

}  // namespace

History::History(std::span<const Revision> revisions) {
  check_ids(revisions);
  std::string_view last;
  while (const Revision* next = only_child(revisions, last)) {
    chain_.push_back(next);
    last = next->revision;
  }
  if (chain_.size() == revisions.size()) return;
  for (const Revision& revision : revisions) {
    if (find(revision.revision)) continue;
    throw CommandError("Revision " + std::string(revision.revision) + " has the down_revision '" +
                       std::string(revision.down_revision) +
                       "', which does not lead back to the first revision");
  }
}

std::string_view History::id_at(std::size_t place) const {
  return place == 0 ? std::string_view() : chain_[place - 1]->revision;
}

std::optional<std::size_t> History::find(std::string_view id) const {
  for (std::size_t i = 0; i < chain_.size(); ++i) {
    if (chain_[i]->revision == id) return i + 1;
  }
  return std::nullopt;
}

std::size_t History::resolve(std::string_view target, std::size_t current) const {
  if (target == "head" || target == "heads") return size();
  if (target == "base") return 0;
  if (target.starts_with('+') || target.starts_with('-')) return resolve_relative(target, current);
  if (auto place = find(target)) return *place;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < chain_.size() && !target.empty(); ++i) {
    if (!chain_[i]->revision.starts_with(target)) continue;
    if (found) {
      throw CommandError("Multiple revisions start with '" + std::string(target) + "': '" +
                         std::string(id_at(*found)) + "', '" + std::string(id_at(i + 1)) + "'");
    }
    found = i + 1;
  }
  if (!found)
    throw CommandError("Can't locate revision identified by '" + std::string(target) + "'");
  return *found;
}

std::size_t History::resolve_relative(std::string_view target, std::size_t current) const {
  const bool up = target.front() == '+';
  std::size_t steps = 0;
  const auto digits = target.substr(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw CommandError("Can't locate revision identified by '" + std::string(target) + "'");
  }
  if (steps > (up ? size() - current : current)) {
    throw CommandError("Relative revision " + std::string(target) + " didn't produce " +
                       std::to_string(steps) + " migrations");
  }
  return up ? current + steps : current - steps;
}

}  // namespace plinth::migrate
