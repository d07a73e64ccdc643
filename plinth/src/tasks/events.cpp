#include "tasks/events.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "formats/datetime.hpp"
#include "json/writer.hpp"
#include "tasks/envelope.hpp"
#include "tasks/python_text.hpp"
#include "tasks/worker_state.hpp"

namespace plinth::tasks {

namespace {

constexpr double heartbeat_seconds = 2;  // after twice this time a worker is thought dead
constexpr std::size_t pending_max = 10'000;
constexpr double microseconds = 1e6;

// Appends ", "name": value" to an object.
class Fields {
 public:
  explicit Fields(std::string& out) : out_(out) {}

  Fields& raw(std::string_view name, std::string_view json) {
    out_ += ", \"";
    out_ += name;
    out_ += "\": ";
    out_ += json;
    return *this;
  }
  Fields& text(std::string_view name, std::string_view value) {
    raw(name, {});
    append_python_string(out_, value);
    return *this;
  }
  Fields& text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? raw(name, "null") : text(name, value);
  }
  Fields& number(std::string_view name, double value) {
    raw(name, {});
    json::append_float(out_, value, json::Floats::python);
    return *this;
  }
  Fields& integer(std::string_view name, std::int64_t value) {
    return raw(name, std::to_string(value));
  }
  Fields& time_or_null(std::string_view name, const std::optional<DateTime>& value) {
    return text_or_null(name, value ? formats::python_iso(*value) : std::string());
  }
  Fields& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

 private:
  std::string& out_;
};

// Whole hours west of Greenwich, as time.timezone // 3600.
std::int64_t utc_offset_hours() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return -local.tm_gmtoff / 3600;
}

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

void append_end(std::string& event, std::string_view type) {
  Fields(event)
      .number("timestamp", static_cast<double>(base::clock_microseconds()) / microseconds)
      .text("type", type);
  event += '}';
}

// Why a task was revoked is the one argument of its error.
bool is_because(const WorkerRequest& request, std::string_view reason) {
  return request.outcome.error.arguments.find(reason) != std::string::npos;
}

void append_received(std::string& event, const WorkerRequest& request) {
  const auto& message = request.message;
  Fields(event)
      .text("name", message.shadow.empty() ? message.task : message.shadow)
      .text("args",
            message.argsrepr.empty() ? saferepr(message.args, Sequence::tuple) : message.argsrepr)
      .text("kwargs", message.kwargsrepr.empty() ? saferepr(message.kwargs) : message.kwargsrepr)
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

std::string channel_prefix(const redis::Url& url) {
  return "/" + std::to_string(url.database) + ".";
}

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
  std::string headers = R"({"hostname": )";
  append_python_string(headers, worker_.hostname());
  return {"PUBLISH", prefix_ + "celeryev/" + routing_key,
          encode(Envelope{.body = std::move(body),
                          .headers = headers + "}",
                          .exchange = "celeryev",
                          .routing_key = routing_key})};
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

std::string Events::event_head() {
  std::string event = R"({"hostname": )";
  append_python_string(event, worker_.hostname());
  Fields(event)
      .integer("utcoffset", utc_offset_hours())
      .integer("pid", ::getpid())
      .integer("clock", clock_.forward());
  return event;
}

std::string Events::worker_event(std::string_view type, double freq) {
  std::string event = event_head();
  Fields(event)
      .number("freq", freq)
      .integer("active", static_cast<std::int64_t>(worker_.active().size()))
      .integer("processed", static_cast<std::int64_t>(worker_.processed()))
      .raw("loadavg", load_averages())
      .text("sw_ident", "plinth")
      .text("sw_ver", PLINTH_VERSION)
      .text("sw_sys", "Linux");
  append_end(event, type);
  return event;
}

void Events::on(RequestEvent event, const WorkerRequest& request) {
  if (!enabled_ || event == RequestEvent::ignored || pending_count_ >= pending_max) return;
  if (!pending_.empty()) pending_ += ", ";
  pending_ += task_event(event, request);
  ++pending_count_;
  signal_->wake.notify();
}

std::string Events::task_event(RequestEvent kind, const WorkerRequest& request) {
  std::string event = event_head();
  Fields fields(event);
  fields.text("uuid", request.message.id);
  const auto& outcome = request.outcome;
  switch (kind) {
    case RequestEvent::received:
      append_received(event, request);
      append_end(event, "task-received");
      break;
    case RequestEvent::started:
      append_end(event, "task-started");
      break;
    case RequestEvent::succeeded:
      fields.text("result", saferepr(outcome.result))
          .number("runtime", static_cast<double>(request.runtime_us) / microseconds);
      append_end(event, "task-succeeded");
      break;
    case RequestEvent::failed:
    case RequestEvent::retried:
      fields.text("exception", outcome.error.repr()).text("traceback", outcome.traceback);
      append_end(event, kind == RequestEvent::failed ? "task-failed" : "task-retried");
      break;
    case RequestEvent::revoked: {
      const bool terminated = is_because(request, "terminated");
      fields.boolean("terminated", terminated)
          .raw("signum", terminated ? "\"SIGTERM\"" : "null")
          .boolean("expired", is_because(request, "expired"));
      append_end(event, "task-revoked");
      break;
    }
    case RequestEvent::rejected:
      fields.boolean("requeue", outcome.requeue);
      append_end(event, "task-rejected");
      break;
    case RequestEvent::ignored:
      break;
  }
  return event;
}

}  // namespace plinth::tasks
