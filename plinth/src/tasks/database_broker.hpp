// The embedded broker: tasks and their results in the application's own database.
//
// A message is a row of plinth_tasks. `due_us` says what it is: 0, it may be taken; above 0, it is
// held or deferred until then; -1, a dead letter. Who takes it sets `tag`, and all that he does
// later asks for that tag, so that a hold that was lost does nothing. A row that is done is
// deleted.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plinth/session.hpp"
#include "tasks/broker.hpp"

namespace plinth::tasks {

struct DatabaseBrokerOptions {
  std::uint64_t queue_max_length = 0;  // of messages that may be taken, then 503; 0: no limit
  std::int64_t poll_ms = 1000;         // so long a message of another process may go unseen
  std::int64_t sweep_ms = 60'000;      // how often what has expired is deleted
};

/// A message on its way to another broker.
struct Outbound {
  std::string tag;
  Outgoing message;
};

class DatabaseBroker : public Broker {
 public:
  /// The oldest messages, also those that are not due yet. While a queue's are held no others of it
  /// are given, so that their order is kept.
  virtual Task<std::vector<Outbound>> take_outbox(std::size_t limit, std::int64_t lease_ms) = 0;
  /// wait() for any queue.
  virtual Task<void> wait_outbox(std::int64_t milliseconds) = 0;
  /// Deletes what has expired: results, keys, groups, and inbox entries of last week.
  virtual Task<void> sweep() = 0;
};

/// The engine must outlive it. Its tables: plinth/task_tables.hpp.
std::unique_ptr<DatabaseBroker> make_database_broker(Engine& engine,
                                                     DatabaseBrokerOptions options = {});

}  // namespace plinth::tasks
