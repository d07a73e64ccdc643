// What remote control may ask of a worker, and what it answers: Celery's methods and shapes.
// Source: celery/worker/control.py, answers recorded from 5.2.6.
#pragma once

#include <optional>
#include <string>

#include "plinth/json.hpp"
#include "tasks/envelope.hpp"
#include "tasks/events.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks {

/// Does what is asked. Returns the answer, an {"error": …} for what cannot be done; empty where
/// none is given.
std::optional<Json> answer(Worker& worker, Events& events, const ControlRequest& request);

/// {"<id>": [<seconds of the system's monotonic clock>, "<id>"]}, as workers tell each other.
Json revoked_as_json(const Worker& worker);
/// Takes over what another worker told.
void revoke_as_told(Worker& worker, const Json& revoked);

}  // namespace plinth::tasks
