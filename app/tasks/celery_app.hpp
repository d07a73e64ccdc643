// The application's Celery: where its tasks go, and which it runs.
#pragma once

#include "app/core/settings.hpp"
#include "plinth/tasks.hpp"

namespace app::tasks {

/// By REDIS_URL; without it, in the engine's database. The engine must outlive it.
Celery make_celery(Engine& engine, const Settings& settings);

}  // namespace app::tasks
