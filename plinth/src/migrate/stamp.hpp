// How alembic_version is moved without running anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "migrate/history.hpp"
#include "plinth/detail/table.hpp"

namespace plinth::migrate {

struct StampStep {
  std::string title;        // "stamp_revision a -> b"
  std::vector<Place> from;  // rows that go
  std::optional<Place> to;  // the row that comes; none for base
};

/// From these rows to the targets, as Alembic goes. Throws CommandError.
std::vector<StampStep> stamp_steps(const History& history, const std::vector<std::string>& targets,
                                   const std::vector<Place>& rows);
std::vector<std::string> stamp_versions(const History& history, const StampStep& step,
                                        db::Dialect dialect);
void follow(const StampStep& step, std::vector<Place>& rows);

}  // namespace plinth::migrate
