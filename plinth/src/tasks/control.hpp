// Remote control: a worker answers `celery inspect`, `celery control`, `celery status` and Flower,
// and tells newcomers what is revoked. Celery's pidbox and mingle.
#pragma once

#include <memory>
#include <vector>

#include "redis/subscriber.hpp"
#include "tasks/envelope.hpp"
#include "tasks/events.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks {

/// On the worker's loop. Made before the worker runs; listens at once.
class Control {
 public:
  Control(Worker& worker, Events& events);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  ~Control();

  /// Says hello to the other workers and takes over what they have revoked; until all who heard it
  /// have answered, a second at most. Does not throw when Redis is away.
  Task<void> mingle();

 private:
  void receive(const redis::Message& message);
  void spawn(Task<void> errand);
  Task<void> reply(ControlRequest request, Json answer);
  Task<void> say_hello();

  Worker& worker_;
  Events& events_;
  redis::Url url_;
  std::vector<Task<void>> errands_;
  bool mingled_ = false;
  std::unique_ptr<redis::Subscriber> subscriber_;
};

}  // namespace plinth::tasks
