#include "tasks/events.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "json/writer.hpp"
#include "tasks/python_text.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr double heartbeat_seconds = 2;  // after twice this time a worker is thought dead
constexpr std::size_t pending_max = 10'000;

std::string load_averages() {
  std::array<double, 3> loads{};
  if (::getloadavg(loads.data(), static_cast<int>(loads.size())) < 0) return "[0.0, 0.0, 0.0]";
  std::string out = "[";
  for (const double load : loads) {
    if (out.size() > 1) out += ", ";
    json::append_float(out, std::ceil(load * 100) / 100, json::Floats::python);
  }
  return out + "]";
}

// Why a task was revoked is the one argument of its error.
bool is_because(const WorkerRequest& request, std::string_view reason) {
  return request.outcome.error.arguments.find(reason) != std::string::npos;
}

void append_received(EventText& event, const Message& message) {
  event.text("name", message.shadow.empty() ? message.task : message.shadow)
      .arguments(message)
      .text_or_null("root_id", message.root_id)
      .text_or_null("parent_id", message.parent_id)
      .integer("retries", message.retries)
      .time_or_null("eta", message.eta)
      .time_or_null("expires", message.expires);
}

}  // namespace

struct Events::Signal {
  explicit Signal(base::Loop& loop) : wake(loop) {}
  Wake wake;
};

Events::Events(Worker& worker, bool task_events)
    : worker_(worker),
      client_(redis::parse_url(worker.celery().options.broker_url.value())),
      prefix_(channel_prefix(redis::parse_url(worker.celery().options.broker_url.value()))),
      enabled_(task_events),
      signal_(std::make_unique<Signal>(base::Loop::current())) {
  worker.observe(*this);
  beating_ = beat();
  beating_.start();
  flushing_ = flush();
  flushing_.start();
}

Events::~Events() = default;

Task<void> Events::beat() {
  co_await publish("worker.online", worker_event("worker-online", heartbeat_seconds));
  while (true) {
    co_await publish("worker.heartbeat", worker_event("worker-heartbeat", heartbeat_seconds));
    co_await sleep_for(static_cast<std::int64_t>(heartbeat_seconds * 1000));
  }
}

Task<void> Events::flush() {
  while (true) {
    co_await signal_->wake.wait();
    co_await flush_once();
  }
}

Task<void> Events::flush_once() {
  if (pending_.empty()) co_return;
  std::string body = "[" + std::exchange(pending_, {}) + "]";
  pending_count_ = 0;
  co_await publish("task.multi", std::move(body));
}

Task<void> Events::offline() {
  beating_ = {};
  flushing_ = {};
  co_await flush_once();
  co_await publish("worker.offline", worker_event("worker-offline", heartbeat_seconds));
}

redis::Words Events::publication(const std::string& routing_key, std::string body) const {
  return event_publication(prefix_, worker_.hostname(), routing_key, std::move(body));
}

// An event that cannot be told now is of no use later.
Task<void> Events::publish(std::string routing_key, std::string body) {
  try {
    co_await client_.command(publication(routing_key, std::move(body)));
  } catch (const redis::Unavailable&) {
  } catch (const redis::CommandError&) {
  }
}

void Events::heartbeat() {
  constexpr double freq = 5;  // so does Celery where it is asked for one
  client_.post(publication("worker.heartbeat", worker_event("worker-heartbeat", freq)));
}

EventText Events::event() { return {worker_.hostname(), clock_.forward()}; }

std::string Events::worker_event(std::string_view type, double freq) {
  return event()
      .number("freq", freq)
      .integer("active", static_cast<std::int64_t>(worker_.active().size()))
      .integer("processed", static_cast<std::int64_t>(worker_.processed()))
      .raw("loadavg", load_averages())
      .text("sw_ident", "plinth")
      .text("sw_ver", PLINTH_VERSION)
      .text("sw_sys", "Linux")
      .end(type);
}

void Events::on(RequestEvent event, const WorkerRequest& request) {
  if (!enabled_ || event == RequestEvent::ignored || pending_count_ >= pending_max) return;
  if (!pending_.empty()) pending_ += ", ";
  pending_ += task_event(event, request);
  ++pending_count_;
  signal_->wake.notify();
}

std::string Events::task_event(RequestEvent kind, const WorkerRequest& request) {
  const auto& outcome = request.outcome;
  EventText event = this->event();
  event.text("uuid", request.message.id);
  switch (kind) {
    case RequestEvent::received:
      append_received(event, request.message);
      return event.end("task-received");
    case RequestEvent::started:
      return event.end("task-started");
    case RequestEvent::succeeded:
      return event.text("result", saferepr(outcome.result))
          .number("runtime", base::seconds_of(request.runtime_us))
          .end("task-succeeded");
    case RequestEvent::failed:
    case RequestEvent::retried:
      return event.text("exception", outcome.error.repr())
          .text("traceback", outcome.traceback)
          .end(kind == RequestEvent::failed ? "task-failed" : "task-retried");
    case RequestEvent::revoked: {
      const bool terminated = is_because(request, "terminated");
      return event.boolean("terminated", terminated)
          .raw("signum", terminated ? "\"SIGTERM\"" : "null")
          .boolean("expired", is_because(request, "expired"))
          .end("task-revoked");
    }
    case RequestEvent::rejected:
    case RequestEvent::ignored:
      break;
  }
  return event.boolean("requeue", outcome.requeue).end("task-rejected");
}

}  // namespace plinth::tasks
