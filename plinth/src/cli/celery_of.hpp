// The tasks of an application, for the commands about them.
#pragma once

#include "plinth/app.hpp"
#include "plinth/tasks.hpp"

namespace plinth::cli {

/// Throws std::logic_error with the fix when the app provides none.
Celery& celery_of(App& app);

/// Ends the process at once with that code, if a task's thread had to be given up: it may still use
/// what would be destroyed.
void end_if_leaked(const Celery::Impl& celery, int code);

}  // namespace plinth::cli
