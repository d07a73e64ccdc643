// The history of the application's database.
#pragma once

#include <span>

#include "plinth/migrate.hpp"

namespace app::migrations {

namespace sa = plinth::sa;
using plinth::Operations;
using plinth::Revision;

/// All revisions, the first one first.
std::span<const Revision> revisions();

/// The models: what `app migrate revision --autogenerate` compares the database with.
plinth::MetaData target_metadata();

}  // namespace app::migrations
