// Sends periodic tasks when they are due: Celery's beat. Several may run; one leads, and each run
// is sent once, whoever does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tasks/beat_store.hpp"
#include "tasks/celery.hpp"

namespace plinth::tasks {

/// The schedule of a Celery. On one loop; Tasks of it may be dropped at any time.
class Beat {
 public:
  Beat(Celery::Impl& celery, std::unique_ptr<BeatStore> store);
  Beat(const Beat&) = delete;
  Beat& operator=(const Beat&) = delete;

  /// Sends what is due now, when we lead. Returns in how many milliseconds to call again, at most
  /// 500. Throws when the store is out of reach; the next call begins anew.
  Task<std::int64_t> tick();

 private:
  Task<void> look();
  Task<void> send(const Celery::Impl::PeriodicTask& entry, std::int64_t before_us,
                  std::int64_t now_us);

  Celery::Impl& celery_;
  std::unique_ptr<BeatStore> store_;
  std::vector<const Celery::Impl::PeriodicTask*> entries_;  // those that can be sent
  std::map<std::string, std::int64_t> last_runs_;
  bool looked_ = false;  // last_runs_ are the store's, as far as we know
};

/// Until it is dropped.
Task<void> run_beat(Celery::Impl& celery);

}  // namespace plinth::tasks
