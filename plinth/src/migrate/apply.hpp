// Changes as operations, without the way through C++ source.
#pragma once

#include "migrate/change.hpp"
#include "plinth/migrate.hpp"

namespace plinth::migrate::autogenerate {

/// The same calls that render writes down, for the dialect of `op`.
void apply(const Changes& changes, Operations& op);

}  // namespace plinth::migrate::autogenerate
