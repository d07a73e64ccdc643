// What follows a run: its result, callbacks, the next of its chain, its part of a chord, its retry.
#pragma once

#include <string>

#include "tasks/broker.hpp"
#include "tasks/celery.hpp"
#include "tasks/message.hpp"
#include "tasks/run.hpp"

namespace plinth::tasks {

/// What is to be kept of a run; empty when nothing is: tasks that ignore their result.
std::optional<StoredResult> stored_result(const Celery::Impl& celery, const Message& message,
                                          const Outcome& outcome, const Json& children);

/// All of it as one step for the broker. Waits only for the parts of chords, and for the tasks
/// behind a failed one in its chain, whose results say so too.
Task<Finished> settle(Celery::Impl& celery, std::string tag, const Message& message,
                      const Outcome& outcome);

/// Of tasks that follow nothing and that nothing follows; as settle(), without waiting.
bool is_simple(const Message& message);
Finished settle_simple(const Celery::Impl& celery, std::string tag, const Message& message,
                       const Outcome& outcome);

/// REVOKED, for this reason: "revoked", "expired", "terminated".
Outcome revoked(std::string reason);

}  // namespace plinth::tasks
