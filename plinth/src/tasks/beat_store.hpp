// What all beats of an application share: when each entry ran last, and who leads.
//
// Invariants
// - An entry's last run moves on and its messages go out in one atomic step, on condition that the
//   last run is still the one that was known. Whoever believes to lead, no run is lost or doubled.
// - To lead only spares the others the work.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plinth/task.hpp"
#include "tasks/broker.hpp"
#include "tasks/celery.hpp"

namespace plinth::tasks {

/// Times are microseconds since 1970. On the loop of beat.
class BeatStore {
 public:
  virtual ~BeatStore() = default;

  /// Whether we lead. Who does not ask for lead_ms leads no longer.
  virtual Task<bool> lead() = 0;
  /// Of each entry that is known.
  virtual Task<std::map<std::string, std::int64_t>> last_runs() = 0;
  /// Entries that are not known yet count as run at that time.
  virtual Task<void> begin(std::vector<std::string> names, std::int64_t at_us) = 0;
  virtual Task<void> forget(std::vector<std::string> names) = 0;
  /// False, and nothing is done, when the entry's last run is not `before_us` any more.
  virtual Task<bool> advance(std::string name, std::int64_t before_us, std::int64_t at_us,
                             std::vector<Outgoing> messages) = 0;
};

inline constexpr int lead_ms = 2000;

/// In the Redis of the broker: hash plinth.beat.<main>, string plinth.beat.<main>.leader.
std::unique_ptr<BeatStore> make_redis_beat_store(const Celery::Impl& celery);
/// In the table plinth_beat; all lead.
std::unique_ptr<BeatStore> make_database_beat_store(Engine& engine);

}  // namespace plinth::tasks
