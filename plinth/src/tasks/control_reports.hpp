// What a worker tells of itself when `celery inspect` asks, in Celery's shapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plinth/json.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks {

Json active(const Worker& worker);
Json reserved(const Worker& worker);
Json scheduled(const Worker& worker);
Json query_task(const Worker& worker, const std::vector<std::string>& ids);
Json revoked_ids(const Worker& worker);
/// ["add", "limited [rate_limit=10/m]"]
///
/// items     what is shown of a task; empty: its rate limit
/// builtins  also celery.map and its like
Json registered(const Worker& worker, std::vector<std::string> items, bool builtins);
Json statistics(const Worker& worker, std::int64_t clock);
Json active_queues(const Worker& worker);
/// Celery's settings by their names; passwords are not among them.
Json configuration(const Worker& worker);
std::string report(const Worker& worker);
/// Of this process: "12.34MB".
std::string memory_text();

}  // namespace plinth::tasks
