// A worker: takes messages, runs their tasks on its executors, settles what came of them.
//
// Invariants
// - Every message taken is in held() until the broker has been told what became of it, or it is no
//   longer ours; its lease is renewed all that time.
// - At most `concurrency` requests are active; at most concurrency times the prefetch multiplier
//   are held.
// - The loop of the worker never runs a task: leases, heartbeats and remote control go on however
//   long a task takes.
//
// Thread safety: all on the worker's own loop, but for stop().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/loop.hpp"
#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/worker_request.hpp"

namespace plinth::tasks {

struct WorkerOptions {
  // Default: the Celery's task_default_queue; when it is embedded, all there are.
  std::vector<std::string> queues = {};
  int concurrency = 0;          // tasks at once; 0: the Celery's, or 8 a core
  int prefetch_multiplier = 0;  // 0: the Celery's
  unsigned executors = 0;       // threads; 0: one a core, at most `concurrency`
  std::string hostname = {};    // node name; default: celery@<host>
  bool once = false;            // end when the queues are empty
  double grace = 20;  // seconds that running tasks have at a stop; then they are handed back
};

/// What happens to a request, for events, metrics and logs.
enum class RequestEvent : std::uint8_t {
  received,
  started,
  succeeded,
  failed,
  retried,
  revoked,
  rejected,
  ignored,
};

class WorkerObserver {
 public:
  virtual ~WorkerObserver() = default;
  /// On the worker's loop; the outcome is there from `succeeded` on.
  virtual void on(RequestEvent event, const WorkerRequest& request) = 0;
};

/// A task that waits for its eta, seen by this worker. The broker holds it.
struct ScheduledRequest {
  std::int64_t eta_us = 0;
  Message message;
};

/// Of a revoked id: for how long it is remembered, and how.
struct RevokedTask {
  std::int64_t at_us = 0;
};

class Worker {
 public:
  Worker(Celery::Impl& celery, WorkerOptions options);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  /// Works until it is stopped; on this thread's loop. `ready` is called once it consumes.
  Task<void> run(std::function<void()> ready = [] {});
  /// The first time: takes nothing more, and ends when what runs has ended. The second time: hands
  /// everything back and ends at once. From any thread.
  void stop();
  bool is_stopping() const;
  /// Of the loop it works on, for other threads; once it works.
  base::LoopAddress address() const;

  void observe(WorkerObserver& observer);

  // For remote control, on the worker's loop.

  Celery::Impl& celery() const;
  const WorkerOptions& options() const;  // as they are now
  const std::string& hostname() const;   // "celery@vm"
  std::vector<RequestPointer> active() const;
  std::vector<RequestPointer> reserved() const;  // taken, but not active
  std::vector<ScheduledRequest> scheduled() const;
  RequestPointer find(const std::string& id) const;  // active or reserved; or null
  std::vector<std::string> task_names() const;
  /// As it is declared; null when there is no such task here.
  const TaskOptions* task_options(const std::string& task) const;
  const std::map<std::string, std::uint64_t>& totals() const;  // of each task, received
  std::uint64_t processed() const;
  std::int64_t started_us() const;
  std::size_t prefetch_count() const;

  /// Neither runs nor keeps those; `terminate` also ends those that run.
  void revoke(const std::vector<std::string>& ids, bool terminate);
  /// What is revoked here, and when; the oldest are forgotten: 50,000 of them, 3 hours.
  const std::map<std::string, RevokedTask>& revoked() const;
  /// False: there is no such task here.
  bool set_rate_limit(const std::string& task, const std::string& limit);
  /// "10/m", or "" without any; also what its options say.
  std::string rate_limit(const std::string& task) const;
  bool set_time_limit(const std::string& task, double soft, double hard);
  void add_consumer(const std::string& queue);
  bool cancel_consumer(const std::string& queue);
  void set_concurrency(int concurrency);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// Requests a second of "10/s", "100/m", "1000/h" or "10" (a second); 0 for "" and "0". Throws
/// std::invalid_argument.
double parse_rate_limit(std::string_view text);

}  // namespace plinth::tasks
