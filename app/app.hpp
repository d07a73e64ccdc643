// The application, made whole by one function: no globals, so that a test may make many.
#pragma once

#include "app/core/settings.hpp"

namespace app {

App create_app(Settings settings);

}  // namespace app
