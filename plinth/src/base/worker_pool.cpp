#include "base/worker_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/process_metrics.hpp"

namespace plinth::base {

struct WorkerPool::State {
  using Clock = std::chrono::steady_clock;
  struct Queued {
    std::shared_ptr<detail::ThreadJob> job;
    Clock::time_point since;
  };

  explicit State(WorkerPoolOptions given) : options(std::move(given)) {}

  void work();
  void took(Clock::duration time);
  bool is_full() const;

  const WorkerPoolOptions options;
  mutable std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Queued> queue;
  std::vector<std::thread> threads;
  unsigned idle = 0;
  bool closing = false;
  double job_ms = 0;  // about what one takes, of late

  ProcessMetrics& metrics = process_metrics();
  MetricLevel started{metrics.pool_threads.with({options.name})};
  MetricLevel busy{metrics.pool_busy.with({options.name})};
  MetricLevel queued{metrics.pool_queued.with({options.name})};
  MetricChild& rejected = metrics.pool_rejected.with({options.name});
  ProcessHistogram waited{metrics.pool_wait, options.name};
  ProcessHistogram ran{metrics.pool_run, options.name};
};

// The last jobs count most, the last eight about two thirds.
void WorkerPool::State::took(Clock::duration time) {
  ran.observe(std::chrono::duration<double>(time).count());
  const double ms = std::chrono::duration<double, std::milli>(time).count();
  job_ms = job_ms == 0 ? ms : job_ms + (ms - job_ms) / 8;
}

// One more job waits for all that are queued, and for one that runs.
bool WorkerPool::State::is_full() const {
  if (queue.size() >= options.queue_limit) return true;
  if (options.wait_ms_max == 0 || idle > queue.size() || threads.size() < options.threads) {
    return false;
  }
  const auto before = static_cast<double>(queue.size() + 1);
  return before * job_ms / options.threads > options.wait_ms_max;
}

void WorkerPool::State::work() {
  ::pthread_setname_np(::pthread_self(), options.name.substr(0, 15).c_str());
  // Linux: of this thread only. Failing to be nice is no reason not to work.
  if (options.nice != 0) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), options.nice);
  }
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    arrived.wait(lock, [this] { return closing || !queue.empty(); });
    --idle;
    if (queue.empty()) return;
    auto [job, since] = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    queued.add(-1);
    busy.add(1);
    const auto begin = Clock::now();
    waited.observe(std::chrono::duration<double>(begin - since).count());
    job->run();
    const auto end = Clock::now();
    job.reset();
    busy.add(-1);
    lock.lock();
    took(end - begin);
  }
}

WorkerPool::WorkerPool(WorkerPoolOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->arrived.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

WorkerPool& WorkerPool::shared() {
  static WorkerPool pool({.threads = std::min(32U, std::thread::hardware_concurrency() + 4)});
  return pool;
}

bool WorkerPool::submit(std::shared_ptr<detail::ThreadJob> job) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->is_full()) {
      state_->rejected.add(0, 1);
      return false;
    }
    state_->queue.push_back({std::move(job), State::Clock::now()});
    state_->queued.add(1);
    if (state_->idle < state_->queue.size() && state_->threads.size() < state_->options.threads) {
      state_->threads.emplace_back(&State::work, state_.get());
      state_->started.add(1);
    }
  }
  state_->arrived.notify_one();
  return true;
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

}  // namespace plinth::base
