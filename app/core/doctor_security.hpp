// What `app doctor` says of secrets, keys and passwords.
#pragma once

#include <vector>

#include "app/core/settings.hpp"
#include "plinth/cli.hpp"

namespace app {

std::vector<Finding> examine_security(const Settings& settings);

}  // namespace app
