#include "tasks/executor.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/loop_lag.hpp"

namespace plinth::tasks {

namespace {

std::int64_t steady_microseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

// Shared by the executor and its thread, so that an abandoned thread has what it uses.
struct Executor::State : std::enable_shared_from_this<State> {
  State(Celery::Impl& of, const PlannedTasks& planned, base::LoopAddress to, Ended call)
      : celery(of), tasks(planned), home(std::move(to)), ended(std::move(call)) {}

  void work(std::promise<base::LoopAddress> address);
  void start(RequestPointer request);
  void cancel(const RequestPointer& request);
  void stop();
  Task<void> drive(RequestPointer request);
  void report(RequestPointer request);
  void flush();

  Celery::Impl& celery;
  const PlannedTasks& tasks;
  const base::LoopAddress home;
  const Ended ended;
  base::LoopAddress own;
  std::thread thread;
  std::atomic<bool> abandoned = false;

  // The thread's.
  base::Loop* loop = nullptr;
  std::unordered_map<WorkerRequest*, Task<void>> running;
  Batch reports;
};

void Executor::State::work(std::promise<base::LoopAddress> address) {
  ::pthread_setname_np(::pthread_self(), "task");
  base::Loop made;
  const base::LoopLag lag("tasks");
  loop = &made;
  address.set_value(made.address());
  made.run();
  running.clear();
  made.cancel_spawned();
}

void Executor::State::start(RequestPointer request) {
  auto* key = request.get();
  auto& run = running[key];
  run = drive(std::move(request));
  run.start();
}

Task<void> Executor::State::drive(RequestPointer request) {
  const auto began = steady_microseconds();
  request->outcome = co_await run_task(celery, tasks, request->message, request->info);
  request->runtime_us = steady_microseconds() - began;
  report(std::move(request));
}

// The Task of the run is still on the stack, so it is destroyed a turn later.
void Executor::State::report(RequestPointer request) {
  if (abandoned) return loop->stop();
  if (reports.empty()) loop->post([self = shared_from_this()] { self->flush(); });
  reports.push_back(std::move(request));
}

void Executor::State::flush() {
  for (const auto& request : reports) running.erase(request.get());
  home.post(
      [call = ended, batch = std::exchange(reports, {})]() mutable { call(std::move(batch)); });
}

void Executor::State::cancel(const RequestPointer& request) {
  const auto found = running.find(request.get());
  if (found == running.end() || found->second.done()) return;
  found->second = {};
  request->outcome = *request->cancelled;
  report(request);
}

void Executor::State::stop() { loop->stop(); }

Executor::Executor(Celery::Impl& celery, const PlannedTasks& tasks, base::LoopAddress home,
                   Ended ended)
    : state_(std::make_shared<State>(celery, tasks, std::move(home), std::move(ended))) {
  std::promise<base::LoopAddress> address;
  auto made = address.get_future();
  state_->thread = std::thread([state = state_, promise = std::move(address)]() mutable {
    state->work(std::move(promise));
  });
  state_->own = made.get();
}

Executor::~Executor() {
  if (!state_->thread.joinable()) return;
  state_->own.post([state = state_.get()] { state->stop(); });
  state_->thread.join();
}

void Executor::run(Batch requests) {
  state_->own.post([state = state_.get(), batch = std::move(requests)]() mutable {
    for (auto& request : batch) state->start(std::move(request));
  });
}

void Executor::cancel(RequestPointer request) {
  state_->own.post([state = state_.get(), asked = std::move(request)] { state->cancel(asked); });
}

void Executor::abandon() {
  state_->abandoned = true;
  state_->own.post([state = state_.get()] { state->stop(); });
  state_->thread.detach();
}

}  // namespace plinth::tasks
