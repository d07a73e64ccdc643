// What must work for this process to be sent requests.
#pragma once

#include "app/core/settings.hpp"
#include "plinth/readiness.hpp"

namespace app {

/// The database, and Redis where there is one; main.cpp adds the migrations, which stand above the
/// application.
Readiness make_readiness(Engine& engine, const Settings& settings);

}  // namespace app
