// Calls on their way to the broker.
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/process_metrics.hpp"
#include "plinth/error.hpp"
#include "schema/serialise.hpp"
#include "tasks/celery.hpp"
#include "tasks/compose.hpp"
#include "tasks/eager.hpp"
#include "tasks/outbox.hpp"
#include "tasks/sent_event.hpp"

namespace plinth {

namespace tasks {

namespace {

void count_sent(const std::vector<Outgoing>& messages) {
  auto& sent = base::process_metrics().tasks_sent;
  for (const auto& message : messages) {
    if (!message.task.empty()) sent.with({message.task, message.queue}).add(0, 1);
  }
}

// Celery's retry_over_time, for as long as a publisher may take at all.
Task<std::vector<std::string>> publish_with_retries(Celery::Impl& celery,
                                                    std::vector<Outgoing> messages,
                                                    const CallOptions& call) {
  const auto end = base::monotonic_ms() +
                   static_cast<std::int64_t>(celery.options.broker_connection_timeout * 1000);
  double pause = call.retry_policy.interval_start;
  for (int tried = 0;; ++tried) {
    std::exception_ptr error;
    try {
      auto ids = co_await celery.broker->publish(messages);
      count_sent(messages);
      tell_sent(celery, messages);
      co_return ids;
    } catch (const HttpError&) {
      error = std::current_exception();
    }
    const auto pause_ms = static_cast<std::int64_t>(pause * 1000);
    if (!call.retry || tried == call.retry_policy.max_retries ||
        base::monotonic_ms() + pause_ms >= end) {
      std::rethrow_exception(error);
    }
    co_await sleep_for(pause_ms);
    pause = std::min(pause + call.retry_policy.interval_step, call.retry_policy.interval_max);
  }
}

}  // namespace

Task<void> send_composed(Celery::Impl& celery, const Composed& composed, CallOptions call) {
  if (celery.options.task_always_eager) {
    co_await run_eagerly(celery, composed);
    co_return;
  }
  for (const auto& [group, size] : composed.chords) {
    co_await celery.broker->results().set_chord_size(group, size);
  }
  auto messages = composed.messages;
  co_await publish_with_retries(celery, std::move(messages), call);
}

namespace {

Task<std::string> send_one(Celery::Impl& celery, Outgoing message, const CallOptions& call) {
  if (celery.options.task_always_eager) {
    auto id = message.id;
    Composed one{.id = id};
    one.messages.push_back(std::move(message));
    co_await run_eagerly(celery, one);
    co_return id;
  }
  std::vector<Outgoing> messages;
  messages.push_back(std::move(message));
  auto ids = co_await publish_with_retries(celery, std::move(messages), call);
  co_return std::move(ids.front());
}

}  // namespace
}  // namespace tasks

namespace detail {

void append_argument(std::string& array, const Type& type, const void* value) {
  if (array.size() > 1) array += ", ";
  schema::write(type, value, array);
}

Celery& current_celery() { return *tasks::current_celery().face; }

Task<std::string> send(const TaskRow& row, std::string args, CallOptions call) {
  auto& celery = tasks::current_celery();
  auto message = tasks::compose_call(celery, row.options, std::string(row.options->name),
                                     std::move(args), "{}", call, tasks::current_parent());
  co_return co_await tasks::send_one(celery, std::move(message), call);
}

void enlist(Session& session, const TaskRow& row, std::string args) {
  auto& celery = tasks::current_celery();
  std::vector<tasks::Outgoing> one;
  one.push_back(tasks::compose_call(celery, row.options, std::string(row.options->name),
                                    std::move(args), "{}", {}, tasks::current_parent()));
  tasks::count_sent(one);
  tasks::enlist(session, std::move(one.front()));
}

}  // namespace detail

Task<AsyncResult<Json>> Celery::send_task(std::string name, Json args, Json kwargs,
                                          CallOptions call) {
  auto& celery = impl();
  const auto* row = celery.find(name);
  auto message =
      tasks::compose_call(celery, row ? row->options : nullptr, std::move(name), args.dump(),
                          kwargs.dump(), call, tasks::current_parent(), tasks::Sequence::list);
  auto id = co_await tasks::send_one(celery, std::move(message), call);
  co_return AsyncResult<Json>(*this, std::move(id));
}

}  // namespace plinth
