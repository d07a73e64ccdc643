// How the settings have the API served.
#pragma once

#include "app/core/settings.hpp"
#include "plinth/server.hpp"

namespace app {

ServerOptions make_server_options(const Settings& settings);

}  // namespace app
