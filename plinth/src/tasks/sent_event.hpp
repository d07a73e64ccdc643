// task_send_sent_event: publishers tell, too, what they send.
#pragma once

#include <vector>

#include "tasks/broker.hpp"
#include "tasks/celery.hpp"

namespace plinth::tasks {

/// Publishes a task-sent event for each message, when that is asked for and there is a Redis. Does
/// not wait for it, and does not throw.
void tell_sent(Celery::Impl& celery, const std::vector<Outgoing>& messages);

}  // namespace plinth::tasks
