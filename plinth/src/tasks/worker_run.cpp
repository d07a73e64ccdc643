// Running what was taken, within limits of concurrency, rate and time.
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/settle.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t watch_ms = 50;
// How long a run that was told to end may take to come to a wait.
constexpr std::int64_t stop_patience_ms = 1000;

// As Celery's: the hard one without a traceback.
Outcome hard_limit_exceeded(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  const Json number = static_cast<double>(whole) == seconds ? Json(whole) : Json(seconds);
  return {.kind = Outcome::Kind::failure,
          .error = {.type = "TimeLimitExceeded",
                    .arguments = Json::array({number}).dump(),
                    .module = "billiard.exceptions"}};
}
Outcome soft_limit_exceeded(std::string_view task) {
  return failure({.type = "SoftTimeLimitExceeded", .module = "billiard.exceptions"}, task);
}

}  // namespace

void Worker::State::make_executors() {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto wanted = options.executors > 0 ? options.executors : cores;
  const auto count = std::clamp(wanted, 1U, static_cast<unsigned>(options.concurrency));
  loads.assign(count, 0);
  for (unsigned i = 0; i < count; ++i) {
    executors.push_back(make_executor());
  }
}

std::unique_ptr<Executor> Worker::State::make_executor() {
  return std::make_unique<Executor>(celery, *tasks, address,
                                    [this](Executor::Batch batch) { ended(std::move(batch)); });
}

void Worker::State::enqueue(RequestPointer request) {
  const auto found = rates.find(request->message.task);
  if (found != rates.end() && found->second.rate > 0) {
    auto& limit = found->second;
    if (!limit.waiting.empty() || !limit.take(base::monotonic_ms())) {
      limit.waiting.push_back(std::move(request));
      watcher->notify();
      return;
    }
  }
  ready.push_back(std::move(request));
}

void Worker::State::dispatch() {
  std::vector<RequestPointer> late;
  std::vector<RequestPointer> early;
  while (active < options.concurrency && !ready.empty() && !stopping) {
    auto request = std::move(ready.front());
    ready.pop_front();
    const auto least = std::ranges::min_element(loads);
    activate(request, static_cast<unsigned>(least - loads.begin()));
    const bool acks_late = request->options && request->options->acks_late.has_value()
                               ? *request->options->acks_late
                               : celery.options.task_acks_late;
    (acks_late ? late : early).push_back(std::move(request));
  }
  if (!late.empty()) start(std::move(late));
  if (!early.empty()) spawn(ack_and_run(std::move(early)));
}

void Worker::State::activate(const RequestPointer& request, unsigned executor) {
  request->state = WorkerRequest::State::active;
  request->executor = executor;
  request->started_us = base::clock_microseconds();
  request->started_ms = base::monotonic_ms();
  ++loads[executor];
  ++active;

  const auto& message = request->message;
  const auto set = limits.find(message.task);
  const auto* declared = request->options;
  const auto first = [](std::initializer_list<double> values) {
    for (const double value : values) {
      if (value > 0) return value;
    }
    return 0.0;
  };
  request->soft_time_limit =
      first({message.soft_time_limit.value_or(0), set == limits.end() ? 0 : set->second.first,
             declared ? declared->soft_time_limit : 0, celery.options.task_soft_time_limit});
  request->time_limit =
      first({message.time_limit.value_or(0), set == limits.end() ? 0 : set->second.second,
             declared ? declared->time_limit : 0, celery.options.task_time_limit});
  if (request->soft_time_limit > 0 || request->time_limit > 0) watcher->notify();
}

Task<void> Worker::State::ack_and_run(std::vector<RequestPointer> requests) {
  std::vector<std::string> tags;
  for (const auto& request : requests) tags.push_back(request->tag);
  bool acknowledged = false;
  while (!acknowledged && !stops_now) {
    try {
      co_await celery.broker->ack(tags);
      acknowledged = true;
    } catch (const std::exception& error) {
      say_lost(*this, error.what());
    }
    if (!acknowledged) co_await sleep_for(watch_ms);
  }
  for (auto& request : requests) request->acknowledged = true;
  start(std::move(requests));
}

void Worker::State::start(std::vector<RequestPointer> requests) {
  std::vector<Executor::Batch> batches(executors.size());
  for (auto& request : requests) {
    say(RequestEvent::started, *request);
    const bool tracks = request->options && request->options->track_started.has_value()
                            ? *request->options->track_started
                            : celery.options.task_track_started;
    if (tracks && !request->message.ignore_result) {
      spawn(note_started_and_run(std::move(request)));
    } else {
      batches[request->executor].push_back(std::move(request));
    }
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (!batches[i].empty()) executors[i]->run(std::move(batches[i]));
  }
}

// One after the other, or STARTED might replace what came of the run.
Task<void> Worker::State::note_started_and_run(RequestPointer request) {
  const ResultMeta meta{.task_id = request->message.id,
                        .status = std::string(states::started),
                        .result = Json::object({{"pid", static_cast<std::int64_t>(::getpid())},
                                                {"hostname", hostname}})
                                      .dump()};
  try {
    co_await celery.broker->results().store(
        {.id = request->message.id,
         .meta = encode(meta),
         .ready = false,
         .expires_seconds = static_cast<std::int64_t>(celery.options.result_expires)});
  } catch (const std::exception& error) {
    say_lost(*this, error.what());  // the run matters more
  }
  if (request->state != WorkerRequest::State::active || executors.empty()) co_return;
  auto& executor = *executors[request->executor];
  executor.run({request});
  // What was asked of it meanwhile found nothing to end.
  if (request->cancelled) executor.cancel(std::move(request));
}

void Worker::State::ended(std::vector<RequestPointer> requests) {
  for (auto& request : requests) {
    --loads[request->executor];
    --active;
    ++processed;
    request->state = WorkerRequest::State::ended;
    finish(request);
  }
  if (stopping && active == 0) drained->notify();
  dispatch();
  consumer->notify();
}

// ---- Limits

// Looks at what has a limit, as long as something has.
Task<void> Worker::State::watch() {
  while (true) {
    const auto now = base::monotonic_ms();
    bool anything = false;
    for (auto& [name, limit] : rates) {
      while (!limit.waiting.empty() && limit.take(now)) {
        ready.push_back(std::move(limit.waiting.front()));
        limit.waiting.pop_front();
      }
      anything |= !limit.waiting.empty();
    }
    for (const auto& request : limited_ones()) {
      anything = true;
      check_limits(request, now);
    }
    dispatch();
    sweep_children();
    if (anything) {
      co_await sleep_for(watch_ms);
    } else {
      co_await watcher->wait();
    }
  }
}

std::vector<RequestPointer> Worker::State::limited_ones() const {
  std::vector<RequestPointer> found;
  for (const auto& [tag, request] : held) {
    const bool limited =
        request->time_limit > 0 || request->soft_time_limit > 0 || request->cancelled.has_value();
    if (request->state == WorkerRequest::State::active && limited) found.push_back(request);
  }
  return found;
}

void Worker::State::check_limits(const RequestPointer& request, std::int64_t now_ms) {
  const double seconds = static_cast<double>(now_ms - request->started_ms) / 1000;
  const bool hard = request->time_limit > 0 && seconds >= request->time_limit;
  const bool soft = request->soft_time_limit > 0 && seconds >= request->soft_time_limit;
  const auto& message = request->message;
  if (!request->cancelled && (hard || soft)) {
    cancel(request,
           hard ? hard_limit_exceeded(request->time_limit) : soft_limit_exceeded(message.task));
  }
  const bool ends =
      hard || (request->cancelled && request->cancelled->kind == Outcome::Kind::revoked);
  if (request->cancelled && ends && now_ms - request->cancelled_ms > stop_patience_ms) {
    abandon(request->executor);
  }
}

void Worker::State::cancel(const RequestPointer& request, Outcome outcome) {
  request->cancelled = std::move(outcome);
  request->cancelled_ms = base::monotonic_ms();
  executors[request->executor]->cancel(request);
  watcher->notify();
}

// A task neither returns nor waits. Its thread is given up: those that were told to end have ended
// as far as anybody is concerned, the others on it are given back.
void Worker::State::abandon(unsigned executor) {
  base::log(base::Level::error, "a task does not come to an end; its thread is given up",
            {{"executor", executor}});
  executors[executor]->abandon();
  executors[executor] = make_executor();
  std::vector<RequestPointer> others;
  for (const auto& request : active_on(executor)) {
    // The thread still uses the old one.
    auto copy = std::make_shared<WorkerRequest>(*request);
    held[copy->tag] = copy;
    --loads[executor];
    --active;
    copy->state = WorkerRequest::State::ended;
    if (copy->cancelled) {
      copy->outcome = *copy->cancelled;
      finish(copy);
    } else {
      others.push_back(std::move(copy));
    }
  }
  if (!others.empty()) spawn(give_back(std::move(others)));
  celery.leaked = true;
  consumer->notify();
}

std::vector<RequestPointer> Worker::State::active_on(unsigned executor) const {
  std::vector<RequestPointer> found;
  for (const auto& [tag, request] : held) {
    if (request->state == WorkerRequest::State::active && request->executor == executor) {
      found.push_back(request);
    }
  }
  return found;
}

}  // namespace plinth::tasks
