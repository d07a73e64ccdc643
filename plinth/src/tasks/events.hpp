// What a worker tells of itself and its tasks, for `celery events`, Flower and other workers.
//
// Heartbeats go out always, events of tasks only when they are enabled: by -E, or by `celery
// control enable_events`. Those of one turn of the loop go out together, and none is kept for a
// Redis that is away.
// Source: celery/events, measured with 5.2.6 and 5.6.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "redis/client.hpp"
#include "tasks/event_text.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks {

/// On the worker's loop. Made before the worker runs; says worker-online at once.
class Events final : public WorkerObserver {
 public:
  Events(Worker& worker, bool task_events);
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() override;

  /// Sends what is left, and worker-offline. Does not throw when Redis is away.
  Task<void> offline();

  void on(RequestEvent event, const WorkerRequest& request) override;

  bool enabled() const { return enabled_; }
  void enable(bool task_events) { enabled_ = task_events; }
  /// A heartbeat now, beside those of every two seconds.
  void heartbeat();
  LogicalClock& clock() { return clock_; }
  /// Of the broker, also for remote control.
  redis::Client& client() { return client_; }

 private:
  Task<void> beat();
  Task<void> flush();
  Task<void> flush_once();
  Task<void> publish(std::string routing_key, std::string body);
  redis::Words publication(const std::string& routing_key, std::string body) const;
  std::string worker_event(std::string_view type, double freq);
  EventText event();
  std::string task_event(RequestEvent event, const WorkerRequest& request);

  Worker& worker_;
  redis::Client client_;
  std::string prefix_;
  LogicalClock clock_;
  bool enabled_;
  std::string pending_;  // events with commas between
  std::size_t pending_count_ = 0;
  struct Signal;
  std::unique_ptr<Signal> signal_;
  Task<void> beating_;
  Task<void> flushing_;
};

}  // namespace plinth::tasks
