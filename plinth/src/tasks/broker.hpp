// Where messages wait until a worker takes them, and what a worker may do to them. Two of them:
// Redis in Celery's layout (redis_broker), and the application's own database (database_broker).
//
// Invariants
// - Taking a message and noting it as unacknowledged is one atomic step: at any moment a message is
//   in its queue, held under a tag, a dead letter, or done. No kill loses it.
// - Who holds a message has a lease. When the lease ends the message is in its queue again, at the
//   front, counted as delivered once more.
// - finish() is one atomic step, too: the acknowledgement, the result and what follows from it.
//
// Thread safety: publish() and results() from any thread that has a loop; what a worker does, on
// the worker's one loop. Whatever they await may be dropped at any time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/task.hpp"
#include "tasks/result_backend.hpp"

namespace plinth::tasks {

/// A message on its way into a queue.
struct Outgoing {
  std::string id;     // of the task
  std::string queue;  // never empty
  int priority = 0;   // 0 to 9
  std::string text;   // encode(message)
  // When it may be taken, microseconds since 1970; 0: at once. On Redis it goes to the queue at
  // once all the same, as Celery's do; who takes it defers it.
  std::int64_t eta_us = 0;
  // Not empty: a second message with this key is dropped while the key is remembered.
  std::string idempotency_key = {};
  std::int64_t idempotency_seconds = 86'400;
  std::string task = {};  // its name, where it was called; "" of one that is passed on
};

/// A message that a worker holds now.
struct Delivery {
  std::string tag;     // names the hold, for what follows
  std::string queue;   // without the priority's suffix
  std::string text;    // as it lay there
  int deliveries = 1;  // how often it was taken, this time counted
};

/// What becomes of a held message; all of it or nothing. If it is not held any more, nothing: who
/// holds it now will see to the rest.
struct Finished {
  std::string tag;  // empty: it was acknowledged before; all of this is done in any case
  std::optional<StoredResult> result = {};
  std::vector<Outgoing> follow_ups = {};  // callbacks, the next of a chain, itself again (retry)
  // The group of a complete chord: its parts are dropped, and follow_ups are sent only by who drops
  // them, so that the body runs once.
  std::string chord = {};
  // Not empty: it becomes a dead letter, for this reason.
  std::string dead_reason = {};
};

struct DeadLetter {
  std::string id;      // of the task; or the tag when it could not be read
  std::string task;    // may be empty
  std::string queue;   // where it came from
  std::string reason;  // "unknown task", "not a message: …", "delivered 5 times"
  std::int64_t at_us = 0;
  std::string text;
};

/// For `app tasks`: a message that waits or is held.
struct Waiting {
  std::string queue;
  std::string text;
  bool held = false;        // by a worker, or deferred
  std::int64_t due_us = 0;  // held: the end of its lease, or its eta
};

class Broker {
 public:
  virtual ~Broker() = default;

  /// Puts them into their queues, all or none. Returns the ids by which their tasks are known: of a
  /// dropped repeat, the id of the first. Throws an HttpError 503 when that is not possible within
  /// the limit.
  virtual Task<std::vector<std::string>> publish(std::vector<Outgoing> messages) = 0;
  virtual ResultBackend& results() = 0;

  // What a worker does.

  /// Up to `limit` messages, most urgent first, each held for `lease_ms`. No queues: of all.
  virtual Task<std::vector<Delivery>> take(std::vector<std::string> queues, std::size_t limit,
                                           std::int64_t lease_ms) = 0;
  /// Resumes when there may be something to take, at the latest after `milliseconds`.
  virtual Task<void> wait(std::vector<std::string> queues, std::int64_t milliseconds) = 0;
  /// The leases end `lease_ms` from now. Tags that are not held any more are passed over.
  virtual Task<void> renew(std::vector<std::string> tags, std::int64_t lease_ms) = 0;
  /// Held by nobody until that time, and not counted as delivered.
  virtual Task<void> defer(std::string tag, std::int64_t eta_us) = 0;
  /// Back to the front of their queues, not counted as delivered.
  virtual Task<void> give_back(std::vector<std::string> tags) = 0;
  /// Each of them as one step, in order.
  virtual Task<void> finish(std::vector<Finished> messages) = 0;
  /// Acknowledges and keeps nothing: for tasks that are to run at most once.
  virtual Task<void> ack(std::vector<std::string> tags) = 0;
  /// What has been held for longer than its lease, or is due now, goes back to its queue. Returns
  /// in how many milliseconds to call again, at most 1000.
  virtual Task<std::int64_t> restore() = 0;

  // What `app tasks` does.

  struct QueueLength {
    std::string queue;
    std::uint64_t waiting = 0;
    std::uint64_t held = 0;
  };
  /// What metrics show, at the cost of a few counts.
  struct Backlog {
    std::vector<QueueLength> queues = {};  // how many wait
    std::uint64_t held = 0;                // of all queues
    std::uint64_t dead = 0;
  };
  virtual Task<Backlog> backlog(std::vector<std::string> queues) = 0;
  virtual Task<std::vector<QueueLength>> lengths(std::vector<std::string> queues) = 0;
  virtual Task<std::vector<Waiting>> list(std::vector<std::string> queues, std::size_t limit) = 0;
  /// Removes the message of a task that waits or is deferred; false when there is none.
  virtual Task<bool> remove(std::string id) = 0;
  virtual Task<std::uint64_t> purge(std::vector<std::string> queues) = 0;
  virtual Task<std::vector<DeadLetter>> dead_letters(std::size_t limit) = 0;
  /// Back into its queue, with no deliveries counted; false when there is none of that id.
  virtual Task<bool> revive(std::string id) = 0;
  virtual Task<std::uint64_t> purge_dead_letters() = 0;
};

}  // namespace plinth::tasks
