// What a worker is made of; its parts are in worker_consume, worker_run, worker_finish.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/loop.hpp"
#include "tasks/executor.hpp"
#include "tasks/rate_limit.hpp"
#include "tasks/worker.hpp"

namespace plinth::tasks {

/// Wakes the one coroutine that waits for it, or is about to, a turn of the loop later.
class Wake {
 public:
  explicit Wake(base::Loop& loop) : loop_(loop) {}
  void notify() {
    if (std::exchange(*posted_, true)) return;
    loop_.post([slot = arrival_.slot(), posted = posted_] {
      *posted = false;
      slot->arrive();
    });
  }
  base::Arrival& wait() { return arrival_; }

 private:
  base::Loop& loop_;
  base::Arrival arrival_;
  // An arrival that is on its way, and will be kept for who comes later.
  std::shared_ptr<bool> posted_ = std::make_shared<bool>(false);
};

/// Notifies later.
Task<void> notify_after(Wake& wake, std::int64_t milliseconds);

struct Worker::State {
  State(Celery::Impl& of, WorkerOptions given);
  ~State();

  // ---- worker_consume.cpp: taking and looking at messages.
  Task<void> consume();
  Task<void> wait_for_messages();
  void receive(Delivery delivery);
  bool is_fit(const RequestPointer& request);
  bool was_scheduled(const Message& message);
  void defer(const RequestPointer& request);
  Task<void> defer_now(RequestPointer request);
  std::size_t prefetch_limit() const;
  std::size_t room() const;
  Task<void> maintain();
  Task<void> renew();

  // ---- worker_run.cpp: running them.
  void make_executors();
  std::unique_ptr<Executor> make_executor();
  void enqueue(RequestPointer request);
  void dispatch();
  void activate(const RequestPointer& request, unsigned executor);
  Task<void> ack_and_run(std::vector<RequestPointer> requests);
  Task<void> note_started_and_run(RequestPointer request);
  void start(std::vector<RequestPointer> requests);
  Task<void> watch();  // limits of rate and time
  std::vector<RequestPointer> limited_ones() const;
  std::vector<RequestPointer> active_on(unsigned executor) const;
  void check_limits(const RequestPointer& request, std::int64_t now_ms);
  void cancel(const RequestPointer& request, Outcome outcome);
  void abandon(unsigned executor);
  void ended(std::vector<RequestPointer> requests);

  // ---- worker_finish.cpp: settling what came of them, and the end.
  void finish(const RequestPointer& request);
  void drop(const RequestPointer& request, Outcome outcome, std::string dead_reason = {});
  Task<void> settle_slowly(RequestPointer request, std::string dead_reason);
  void note(const RequestPointer& request);
  void push(Finished finished);
  Task<void> flush();
  void let_go(const std::string& tag);
  Task<void> give_back(std::vector<RequestPointer> requests);
  Task<void> drain();
  Task<void> hand_back();
  void stop();
  void end();

  void say(RequestEvent event, const WorkerRequest& request);
  /// Runs beside; what it throws is logged. Ends with the worker.
  void spawn(Task<void> task);
  void sweep_children();

  Celery::Impl& celery;
  WorkerOptions options;
  std::string hostname;
  base::Loop* loop = nullptr;
  base::LoopAddress address;
  std::unique_ptr<PlannedTasks> tasks;
  std::vector<std::unique_ptr<Executor>> executors;
  std::vector<unsigned> loads;  // active requests of each executor
  std::vector<WorkerObserver*> observers;

  std::unordered_map<std::string, RequestPointer> held;  // by tag
  std::deque<RequestPointer> ready;                      // to be run when there is room
  std::map<std::string, RateLimit> rates;
  std::map<std::string, std::pair<double, double>> limits;  // of time, set by remote control
  std::multimap<std::int64_t, Message> scheduled;
  std::map<std::string, RevokedTask> revoked;
  std::map<std::string, std::uint64_t> totals;
  std::uint64_t processed = 0;
  std::int64_t started_us = 0;
  std::int64_t received_us = 0;  // of the last message
  int active = 0;
  int settling = 0;  // ended, but not yet on their way to the broker
  std::vector<Finished> finishes;
  std::size_t finishing = 0;  // of these, on their way now

  bool stopping = false;
  bool stops_now = false;
  bool broker_lost = false;  // said once
  std::int64_t renewed_ms = 0;
  std::int64_t restore_from_ms = 0;

  std::unique_ptr<Wake> consumer;  // room, a message, a stop
  std::unique_ptr<Wake> keeper;    // something is due, or may be
  std::unique_ptr<Wake> flusher;   // something to finish
  std::unique_ptr<Wake> watcher;   // something that has a limit
  std::unique_ptr<Wake> drained;   // nothing runs and nothing is to be told
  Task<void> waiting;              // for messages
  Task<void> napping;              // between two looks at what is due
  std::vector<Task<void>> children;
};

/// Logs that the broker is out of reach, once until it is back.
void say_lost(Worker::State& worker, const char* what);

}  // namespace plinth::tasks
