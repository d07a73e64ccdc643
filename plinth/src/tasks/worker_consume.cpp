// Taking messages from the broker, and keeping their leases.
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/settle.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr std::int64_t take_wait_ms = 1000;
constexpr std::size_t scheduled_max = 10'000;      // that `inspect scheduled` shows
constexpr std::int64_t scheduled_us = 60'000'000;  // remembered after its eta
constexpr std::int64_t fault_pause_ms_max = 1000;

std::int64_t lease_of(const Celery::Impl& celery) {
  return std::max<std::int64_t>(1000, static_cast<std::int64_t>(celery.options.lease * 1000));
}

}  // namespace

void say_lost(Worker::State& worker, const char* what) {
  if (std::exchange(worker.broker_lost, true)) return;
  base::log(base::Level::error, "the broker is out of reach; trying on", {{"error", what}});
}

Task<void> notify_after(Wake& wake, std::int64_t milliseconds) {
  co_await sleep_for(milliseconds);
  wake.notify();
}

std::size_t Worker::State::prefetch_limit() const {
  return static_cast<std::size_t>(options.concurrency) *
         static_cast<std::size_t>(options.prefetch_multiplier);
}

std::size_t Worker::State::room() const {
  const auto limit = prefetch_limit();
  return held.size() >= limit ? 0 : limit - held.size();
}

Task<void> Worker::State::consume() {
  std::int64_t pause_ms = 50;
  while (!stopping) {
    const auto free = room();
    // A few at a time cost as much as many, so there is no hurry while others are ready.
    const bool nothing_to_take = options.queues.empty() && celery.options.broker_url;
    if (nothing_to_take || free == 0 || (free < prefetch_limit() / 4 && !ready.empty())) {
      co_await consumer->wait();
      continue;
    }
    std::vector<Delivery> deliveries;
    bool failed = false;
    try {
      deliveries = co_await celery.broker->take(options.queues, free, lease_of(celery));
      if (std::exchange(broker_lost, false)) {
        base::log(base::Level::info, "the broker is back");
      }
      pause_ms = 50;
    } catch (const std::exception& error) {
      say_lost(*this, error.what());
      failed = true;
    }
    if (failed) {
      restore_from_ms = base::monotonic_ms() + lease_of(celery);
      renewed_ms = 0;
      co_await sleep_for(pause_ms);
      pause_ms = std::min(pause_ms * 2, fault_pause_ms_max);
      continue;
    }
    for (auto& delivery : deliveries) receive(std::move(delivery));
    dispatch();
    if (!deliveries.empty()) continue;
    if (options.once && held.empty()) break;
    waiting = wait_for_messages();
    waiting.start();
    co_await consumer->wait();
    waiting = {};
  }
}

Task<void> Worker::State::wait_for_messages() {
  bool failed = false;
  try {
    co_await celery.broker->wait(options.queues, take_wait_ms);
  } catch (const std::exception& error) {
    say_lost(*this, error.what());
    failed = true;
  }
  if (failed) co_await sleep_for(50);
  consumer->notify();
}

void Worker::State::receive(Delivery delivery) {
  auto decoded = decode(delivery.text);
  if (auto* malformed = std::get_if<Malformed>(&decoded)) {
    base::log(base::Level::error, "a message that is none becomes a dead letter",
              {{"queue", delivery.queue}, {"reason", malformed->reason}});
    push({.tag = delivery.tag, .dead_reason = "not a message: " + malformed->reason});
    return;
  }
  auto request = std::make_shared<WorkerRequest>();
  request->message = std::move(std::get<Message>(decoded));
  request->message.queue = delivery.queue;
  request->tag = delivery.tag;
  request->info = {.hostname = hostname, .deliveries = delivery.deliveries};
  // Each later than the one before, so that they can be handed back in their order.
  received_us = std::max(base::clock_microseconds(), received_us + 1);
  request->received_us = received_us;
  if (const auto* planned = tasks->find(request->message.task)) {
    request->options = planned->row.options;
  }
  held.emplace(request->tag, request);
  if (is_fit(request)) enqueue(std::move(request));
}

// Whether it may run now; else what becomes of it is on its way.
bool Worker::State::is_fit(const RequestPointer& request) {
  const auto& message = request->message;
  if (message.eta && message.eta->microseconds > request->received_us &&
      !revoked.contains(message.id)) {
    say(RequestEvent::received, *request);
    defer(request);
    return false;
  }
  if (request->options) ++totals[message.task];
  const bool seen_before = was_scheduled(message);
  if (revoked.contains(message.id)) {
    drop(request, tasks::revoked("revoked"));
  } else if (message.expires && message.expires->microseconds <= request->received_us) {
    drop(request, tasks::revoked("expired"));
  } else if (request->info.deliveries > celery.options.task_max_deliveries) {
    const auto times = std::to_string(request->info.deliveries - 1);
    drop(request,
         failure({.type = "WorkerLostError",
                  .arguments = Json::array({Json("its worker died " + times + " times")}).dump(),
                  .module = "billiard.exceptions"},
                 message.task),
         "delivered " + times + " times, and no worker lived to finish it");
  } else if (!request->options && !PlannedTasks::is_map(message.task)) {
    base::log(base::Level::error, "a message for an unknown task becomes a dead letter",
              {{"task", message.task}, {"id", message.id}, {"queue", message.queue}});
    drop(request,
         Outcome{.kind = Outcome::Kind::failure,
                 .error = {.type = "NotRegistered",
                           .arguments = Json::array({Json(message.task)}).dump(),
                           .module = "celery.exceptions"}},
         "unknown task");
  } else {
    if (!seen_before) say(RequestEvent::received, *request);
    return true;
  }
  return false;
}

// One that waited for its eta has been told as received when it came first.
bool Worker::State::was_scheduled(const Message& message) {
  if (!message.eta) return false;
  auto [first, last] = scheduled.equal_range(message.eta->microseconds);
  const auto same =
      std::find_if(first, last, [&](const auto& entry) { return entry.second.id == message.id; });
  if (same == last) return false;
  scheduled.erase(same);
  return true;
}

void Worker::State::defer(const RequestPointer& request) {
  if (scheduled.size() < scheduled_max) {
    scheduled.emplace(request->message.eta->microseconds, request->message);
  }
  spawn(defer_now(request));
}

Task<void> Worker::State::defer_now(RequestPointer request) {
  try {
    co_await celery.broker->defer(request->tag, request->message.eta->microseconds);
  } catch (const std::exception& error) {
    say_lost(*this, error.what());  // its lease ends, and it is looked at again
  }
  keeper->notify();
  let_go(request->tag);
}

// Renews what is held, and brings back what others left.
Task<void> Worker::State::maintain() {
  while (true) {
    const auto lease = lease_of(celery);
    std::int64_t next_ms = take_wait_ms;
    try {
      if (base::monotonic_ms() >= renewed_ms + lease / 3) co_await renew();
      // After an outage the others get the time to renew theirs first.
      if (base::monotonic_ms() >= restore_from_ms) next_ms = co_await celery.broker->restore();
    } catch (const std::exception& error) {
      say_lost(*this, error.what());
      restore_from_ms = base::monotonic_ms() + lease;
      renewed_ms = 0;
    }
    // What is due is taken by us, or was by another.
    const auto gone = base::clock_microseconds() - scheduled_us;
    while (!scheduled.empty() && scheduled.begin()->first < gone) {
      scheduled.erase(scheduled.begin());
    }
    napping = notify_after(*keeper,
                           std::clamp<std::int64_t>(next_ms, 1, std::min(take_wait_ms, lease / 3)));
    napping.start();
    co_await keeper->wait();
    napping = {};
  }
}

Task<void> Worker::State::renew() {
  std::vector<std::string> tags;
  for (const auto& [tag, request] : held) {
    if (!request->acknowledged) tags.push_back(tag);
  }
  if (!tags.empty()) co_await celery.broker->renew(std::move(tags), lease_of(celery));
  renewed_ms = base::monotonic_ms();
}

}  // namespace plinth::tasks
