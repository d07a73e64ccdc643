// Messages in the application's own database: how they are written.
#pragma once

#include <string>

#include "plinth/session.hpp"
#include "tasks/broker.hpp"

namespace plinth::tasks {

/// The message is written by the session's next flush, so it exists exactly when the session's
/// other changes do; who waits for it in this process is told after the commit. Throws
/// std::invalid_argument for a message that has no place in the table.
void enlist(Session& session, Outgoing message);

// What listeners of the engine's notifier hear.
inline const std::string any_queue_topic = "tasks";
std::string queue_topic(const std::string& queue);
std::string result_topic(const std::string& id);

}  // namespace plinth::tasks
