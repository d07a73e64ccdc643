// The chain of revisions, and where a target lies on it.
#pragma once

#include <cstddef>
#include <optional>
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

/// Revisions in the order of their down_revision. A place is how many of them have been applied: 0
/// is base, size() is head.
class History {
 public:
  /// Throws CommandError for a chain that is broken, forked, or goes round in a circle.
  explicit History(std::span<const Revision> revisions);

  std::size_t size() const { return chain_.size(); }
  /// The revision that leads from place `index` to the next.
  const Revision& step(std::size_t index) const { return *chain_[index]; }
  /// The id at a place; "" for base.
  std::string_view id_at(std::size_t place) const;

  /// The place of an id; none when it is unknown.
  std::optional<std::size_t> find(std::string_view id) const;
  /// "head", "heads", "base", an id or the beginning of one, "+2", "-1", relative to `current`.
  /// Throws CommandError, in Alembic's words.
  std::size_t resolve(std::string_view target, std::size_t current) const;

 private:
  std::size_t resolve_relative(std::string_view target, std::size_t current) const;

  std::vector<const Revision*> chain_;
};

}  // namespace plinth::migrate
