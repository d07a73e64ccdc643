// Settling what came of requests, and the worker's own end.
#include <algorithm>
#include <map>
#include <utility>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/log.hpp"
#include "tasks/settle.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr std::size_t batch_max = 256;
constexpr std::int64_t pause_ms = 100;
// How long what was told to end may take to do so, and the broker to hear of it.
constexpr std::int64_t farewell_ms = 1000;

}  // namespace

// What came of a run is known; it is on its way to the broker.
void Worker::State::finish(const RequestPointer& request) {
  note(request);
  const bool requeue = request->outcome.kind == Outcome::Kind::rejected && request->outcome.requeue;
  if (requeue || request->outcome.kind == Outcome::Kind::handed_back) {
    return spawn(give_back({request}));
  }
  if (request->acknowledged) {
    // The message has gone before the run, so there is no hold to tie the rest to.
    let_go(std::exchange(request->tag, {}));
  }
  if (is_simple(request->message)) {
    return push(settle_simple(celery, request->tag, request->message, request->outcome));
  }
  spawn(settle_slowly(request, {}));
}

// It is not run at all.
void Worker::State::drop(const RequestPointer& request, Outcome outcome, std::string dead_reason) {
  request->state = WorkerRequest::State::ended;
  request->outcome = std::move(outcome);
  note(request);
  spawn(settle_slowly(request, std::move(dead_reason)));
}

// Until the broker answers: the message stays ours, and nothing that follows it is lost.
Task<void> Worker::State::settle_slowly(RequestPointer request, std::string dead_reason) {
  ++settling;
  std::optional<Finished> finished;
  std::string wrong;
  while (!finished && !stops_now) {
    bool lost = false;
    try {
      finished = co_await settle(celery, request->tag, request->message, request->outcome);
    } catch (const HttpError& error) {
      say_lost(*this, error.what());
      lost = true;
    } catch (const std::exception& error) {
      wrong = error.what();  // a callback that is no signature: no retry mends it
    }
    if (!lost && !finished) {
      base::log(base::Level::error, "what follows a task cannot be called",
                {{"task", request->message.task}, {"id", request->message.id}, {"error", wrong}});
      finished = settle_simple(celery, request->tag, request->message, request->outcome);
    }
    if (!finished) co_await sleep_for(pause_ms);
  }
  --settling;
  if (!finished) co_return;
  if (!dead_reason.empty()) finished->dead_reason = std::move(dead_reason);
  push(std::move(*finished));
}

// Events, metrics and the log line of what came of a request.
void Worker::State::note(const RequestPointer& request) {
  const auto& message = request->message;
  const auto& outcome = request->outcome;
  auto trail = outcome.trail;
  const base::Context context{.trail = &trail};
  const base::ContextScope scope(&context);
  const auto runtime = base::seconds_of(request->runtime_us);
  switch (outcome.kind) {
    case Outcome::Kind::success:
      say(RequestEvent::succeeded, *request);
      base::log(base::Level::info, "task succeeded",
                {{"task", message.task}, {"id", message.id}, {"runtime", runtime}});
      break;
    case Outcome::Kind::failure:
      say(RequestEvent::failed, *request);
      base::log(base::Level::error, "task failed",
                {{"task", message.task},
                 {"id", message.id},
                 {"runtime", runtime},
                 {"error", outcome.error.repr()}});
      break;
    case Outcome::Kind::retry:
      say(RequestEvent::retried, *request);
      base::log(base::Level::info, "task will be tried again",
                {{"task", message.task},
                 {"id", message.id},
                 {"retries", message.retries},
                 {"in", base::seconds_of(outcome.retry_at_us - base::clock_microseconds())},
                 {"error", outcome.error.repr()}});
      break;
    case Outcome::Kind::revoked:
      say(RequestEvent::revoked, *request);
      base::log(base::Level::info, "task was revoked",
                {{"task", message.task}, {"id", message.id}, {"why", outcome.error.repr()}});
      break;
    case Outcome::Kind::rejected:
      say(RequestEvent::rejected, *request);
      base::log(base::Level::warning, "task was rejected",
                {{"task", message.task}, {"id", message.id}, {"requeue", outcome.requeue}});
      break;
    case Outcome::Kind::ignored:
      say(RequestEvent::ignored, *request);
      base::log(base::Level::info, "task was ignored",
                {{"task", message.task}, {"id", message.id}});
      break;
    case Outcome::Kind::handed_back:
      base::log(base::Level::info, "task is handed back",
                {{"task", message.task}, {"id", message.id}});
      break;
  }
}

void Worker::State::push(Finished finished) {
  finishes.push_back(std::move(finished));
  flusher->notify();
}

Task<void> Worker::State::flush() {
  while (true) {
    if (finishes.empty()) {
      if (stopping) drained->notify();
      co_await flusher->wait();
      continue;
    }
    std::vector<Finished> batch = std::exchange(finishes, {});
    std::vector<Finished> rest;
    while (batch.size() > batch_max) {
      rest.push_back(std::move(batch.back()));
      batch.pop_back();
    }
    std::ranges::move(rest, std::back_inserter(finishes));
    finishing = batch.size();
    std::vector<std::string> tags;
    for (const auto& finished : batch) tags.push_back(finished.tag);
    bool done = false;
    while (!done) {
      try {
        co_await celery.broker->finish(batch);
        done = true;
      } catch (const std::exception& error) {
        say_lost(*this, error.what());
      }
      if (!done) co_await sleep_for(pause_ms);
    }
    finishing = 0;
    for (const auto& tag : tags) let_go(tag);
  }
}

void Worker::State::let_go(const std::string& tag) {
  held.erase(tag);
  consumer->notify();
  if (stopping) drained->notify();
}

Task<void> Worker::State::give_back(std::vector<RequestPointer> requests) {
  std::vector<std::string> tags;
  for (const auto& request : requests) tags.push_back(request->tag);
  try {
    co_await celery.broker->give_back(tags);
  } catch (const std::exception& error) {
    say_lost(*this, error.what());  // their leases end, and they are back
  }
  for (const auto& tag : tags) let_go(tag);
}

// ---- The end

// What does not run goes back; what runs may end, within the grace, or else goes back too.
Task<void> Worker::State::drain() {
  std::vector<RequestPointer> waiting_ones;
  for (const auto& [tag, request] : held) {
    if (request->state == WorkerRequest::State::reserved) waiting_ones.push_back(request);
  }
  // As they lay in their queues.
  std::ranges::sort(waiting_ones, {}, [](const auto& each) { return each->received_us; });
  ready.clear();
  for (auto& [name, limit] : rates) limit.waiting.clear();
  if (!waiting_ones.empty()) co_await give_back(std::move(waiting_ones));

  const auto end = base::monotonic_ms() + static_cast<std::int64_t>(options.grace * 1000);
  spawn(notify_after(*drained, std::max<std::int64_t>(0, end - base::monotonic_ms())));
  const auto busy = [&] {
    return active > 0 || settling > 0 || !finishes.empty() || finishing > 0;
  };
  while (busy() && !stops_now && base::monotonic_ms() < end) co_await drained->wait();
  if (active > 0) co_await hand_back();
}

// Ends what runs where it waits, so that none runs twice; what does not wait costs its thread.
Task<void> Worker::State::hand_back() {
  base::log(base::Level::warning, "tasks that did not end in time are handed back",
            {{"tasks", active}});
  for (const auto& [tag, request] : std::map(held.begin(), held.end())) {
    if (request->state == WorkerRequest::State::active) {
      cancel(request, {.kind = Outcome::Kind::handed_back});
    }
  }
  const auto patience_over = base::monotonic_ms() + farewell_ms;
  spawn(notify_after(*drained, farewell_ms));
  while (active > 0 && base::monotonic_ms() < patience_over) co_await drained->wait();
  for (unsigned i = 0; i < loads.size(); ++i) {
    if (loads[i] > 0) abandon(i);
  }
  const auto told_over = base::monotonic_ms() + farewell_ms;
  spawn(notify_after(*drained, farewell_ms));
  while (!held.empty() && base::monotonic_ms() < told_over) co_await drained->wait();
}

void Worker::State::stop() {
  if (std::exchange(stopping, true)) stops_now = true;
  base::log(base::Level::info, stops_now ? "stopping now" : "stopping: what runs may end",
            {{"active", active}});
  consumer->notify();
  drained->notify();
}

}  // namespace plinth::tasks
