// `revision --autogenerate`, `check`: the database is compared with the models.
#pragma once

#include "migrate/commands.hpp"
#include "migrate/compare.hpp"
#include "migrate/new_revision.hpp"

namespace plinth::migrate::autogenerate {

/// Logs what it finds. Throws CommandError when the database is not at the heads.
Comparison compare_with_models(const Context& context);

/// The bodies of upgrade and downgrade.
void fill_in(const Context& context, NewRevision& wanted);

}  // namespace plinth::migrate::autogenerate
