// From the outbox to the broker: what session.enqueue wrote in the application's database is sent
// once its transaction has committed.
#pragma once

#include "plinth/task.hpp"
#include "tasks/database_broker.hpp"

namespace plinth::tasks {

/// Moves messages until it is destroyed, each queue's in the order in which they were written;
/// outages of either side are waited out. A message that was sent before a kill is not sent again.
/// Any number of processes may do so at once. Both must outlive it.
Task<void> relay(DatabaseBroker& from, Broker& to);

}  // namespace plinth::tasks
