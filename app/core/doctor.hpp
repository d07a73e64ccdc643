// What `app doctor` says of the settings, beside what plinth checks of the database.
#pragma once

#include <vector>

#include "app/core/settings.hpp"
#include "plinth/cli.hpp"

namespace app {

std::vector<Finding> examine(const Settings& settings);

}  // namespace app
