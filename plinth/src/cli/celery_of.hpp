// The tasks of an application, for the commands about them.
#pragma once

#include "plinth/app.hpp"
#include "plinth/tasks.hpp"

namespace plinth::cli {

/// Throws std::logic_error with the fix when the app provides none.
Celery& celery_of(App& app);

}  // namespace plinth::cli
