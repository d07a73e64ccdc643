// What the words of the command line mean in a history: head, heads, base, an id or the beginning
// of one, +2, -1, a9ec+2, label@head, a:b. As Alembic reads them, and in its words when it cannot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/history.hpp"

namespace plinth::migrate {

// `current` are the revisions in alembic_version. All throw CommandError.

/// The revisions of a word without steps; none for base.
std::vector<Place> resolve(const History& history, std::string_view word);
/// What an upgrade must apply, in that order. Empty when all of it has been applied.
std::vector<Place> upgrade_path(const History& history, std::string_view target,
                                const std::vector<Place>& current);
/// What a downgrade must undo, in that order.
std::vector<Place> downgrade_path(const History& history, std::string_view target,
                                  const std::vector<Place>& current);
/// Newest first, both ends included; "" for either: all on that side. `current` may be named.
std::vector<Place> history_range(const History& history, std::string_view lower,
                                 std::string_view upper, const std::vector<Place>& current);
/// The revisions of these places or of a word's that are on its branch.
std::vector<Place> on_branch(const History& history, const std::vector<Place>& places,
                             std::string_view word, Via via);

}  // namespace plinth::migrate
