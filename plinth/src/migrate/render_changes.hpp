// Changes as the C++ of a revision.
#pragma once

#include <string>
#include <vector>

#include "migrate/change.hpp"

namespace plinth::migrate::autogenerate {

/// The body of upgrade or downgrade, indented by two, between two marks.
std::string render(const Changes& changes, db::Dialect dialect);

/// "[('add_table', 'users'), …]", as `check` tells them.
std::string summary(const Changes& changes);

}  // namespace plinth::migrate::autogenerate
