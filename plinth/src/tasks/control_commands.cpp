#include "tasks/control_commands.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "tasks/control_reports.hpp"

namespace plinth::tasks {

namespace {

Json ok(std::string text) { return Json::object({{"ok", std::move(text)}}); }

// What a method is given. What is missing or of another kind is the asker's error.
class Arguments {
 public:
  explicit Arguments(const ControlRequest& request) : request_(request) {}

  const Json* find(std::string_view name) const {
    const auto* value = request_.arguments.find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  std::string text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || !value->is_string()) wrong(name, "a text");
    return value->str();
  }

  std::string text_or_number(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return {};
    return value->is_string() ? value->str() : value->dump();
  }

  double seconds(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return 0;
    if (value->kind() != Json::Kind::integer && value->kind() != Json::Kind::number) {
      wrong(name, "seconds");
    }
    return std::max(0.0, value->number());
  }

  int count(std::string_view name, int otherwise) const {
    constexpr std::int64_t count_max = 100'000;
    const auto* value = find(name);
    if (value == nullptr) return otherwise;
    if (value->kind() != Json::Kind::integer || value->integer() < 0 ||
        value->integer() > count_max) {
      wrong(name, "a number from 0 to 100000");
    }
    return static_cast<int>(value->integer());
  }

  bool flag(std::string_view name) const {
    const auto* value = find(name);
    return value != nullptr && value->kind() == Json::Kind::boolean && value->boolean();
  }

  /// One text, or an array of them.
  std::vector<std::string> texts(std::string_view name) const {
    const auto* value = find(name);
    std::vector<std::string> found;
    if (value != nullptr && value->is_string()) found.push_back(value->str());
    if (value == nullptr || !value->is_array()) return found;
    for (const auto& item : value->items()) {
      if (!item.is_string()) wrong(name, "texts");
      found.push_back(item.str());
    }
    return found;
  }

 private:
  [[noreturn]] void wrong(std::string_view name, std::string_view expected) const {
    throw std::invalid_argument(request_.method + ": " + std::string(name) + " must be " +
                                std::string(expected));
  }

  const ControlRequest& request_;
};

struct Call {
  Worker& worker;
  Events& events;
  Arguments arguments;
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Json revoke(const Call& call, bool terminate) {
  const auto ids = call.arguments.texts("task_id");
  std::vector<std::string> found;
  for (const auto& id : ids) {
    if (terminate && call.worker.find(id) != nullptr) found.push_back(id);
  }
  call.worker.revoke(ids, terminate);
  base::log(
      base::Level::info,
      terminate ? "tasks are terminated by remote control" : "tasks are revoked by remote control",
      {{"ids", joined(ids)}});
  if (!terminate) return ok("tasks " + joined(ids) + " flagged as revoked");
  return ok(found.empty() ? "terminate: tasks unknown" : "terminate: " + joined(found));
}

Json hello(const Call& call) {
  if (call.arguments.text_or_number("from_node") == call.worker.hostname()) return {};
  if (const auto* revoked = call.arguments.find("revoked")) revoke_as_told(call.worker, *revoked);
  return Json::object(
      {{"revoked", revoked_as_json(call.worker)}, {"clock", call.events.clock().forward()}});
}

Json rate_limit(const Call& call) {
  const auto task = call.arguments.text("task_name");
  const auto limit = call.arguments.text_or_number("rate_limit");
  bool known = false;
  try {
    known = call.worker.set_rate_limit(task, limit);
  } catch (const std::invalid_argument& error) {
    return Json::object({{"error", "Invalid rate limit string: " + std::string(error.what())}});
  }
  if (!known) return Json::object({{"error", "unknown task"}});
  return ok(limit.empty() || limit == "0" ? "rate limit disabled successfully"
                                          : "new rate limit set successfully");
}

Json time_limit(const Call& call) {
  const bool known =
      call.worker.set_time_limit(call.arguments.text("task_name"), call.arguments.seconds("soft"),
                                 call.arguments.seconds("hard"));
  if (!known) return Json::object({{"error", "unknown task"}});
  return ok("time limits set successfully");
}

Json set_events(const Call& call, bool enabled) {
  const std::string word = enabled ? "enabled" : "disabled";
  if (call.events.enabled() == enabled) return ok("task events already " + word);
  call.events.enable(enabled);
  return ok("task events " + word);
}

Json resize(const Call& call, int sign) {
  const int by = sign * call.arguments.count("n", 1);
  call.worker.set_concurrency(call.worker.options().concurrency + by);
  return ok(sign > 0 ? "pool will grow" : "pool will shrink");
}

Json add_consumer(const Call& call) {
  const auto queue = call.arguments.text("queue");
  call.worker.add_consumer(queue);
  return ok("add consumer " + queue);
}

Json cancel_consumer(const Call& call) {
  const auto queue = call.arguments.text("queue");
  call.worker.cancel_consumer(queue);
  return ok("no longer consuming from " + queue);
}

Json refuse(std::string why) { return Json::object({{"error", std::move(why)}}); }

struct Method {
  std::string_view name;
  std::optional<Json> (*run)(const Call& call);
};

// Nothing to say is null, as Python's None; no answer at all is an empty optional.
constexpr Method methods[] = {
    {"ping", [](const Call&) { return std::optional(ok("pong")); }},
    {"hello", [](const Call& call) { return std::optional(hello(call)); }},
    {"clock",
     [](const Call& call) {
       return std::optional(Json::object({{"clock", call.events.clock().value()}}));
     }},
    {"report", [](const Call& call) { return std::optional(ok(report(call.worker))); }},
    {"conf", [](const Call& call) { return std::optional(configuration(call.worker)); }},
    {"stats",
     [](const Call& call) {
       return std::optional(statistics(call.worker, call.events.clock().value()));
     }},
    {"active", [](const Call& call) { return std::optional(active(call.worker)); }},
    {"reserved", [](const Call& call) { return std::optional(reserved(call.worker)); }},
    {"scheduled", [](const Call& call) { return std::optional(scheduled(call.worker)); }},
    {"revoked", [](const Call& call) { return std::optional(revoked_ids(call.worker)); }},
    {"registered",
     [](const Call& call) {
       return std::optional(registered(call.worker, call.arguments.texts("taskinfoitems"),
                                       call.arguments.flag("builtins")));
     }},
    {"query_task",
     [](const Call& call) {
       return std::optional(query_task(call.worker, call.arguments.texts("ids")));
     }},
    {"active_queues", [](const Call& call) { return std::optional(active_queues(call.worker)); }},
    {"memsample", [](const Call&) { return std::optional(Json(memory_text())); }},
    {"memdump", [](const Call&) { return std::optional(Json("- rss: " + memory_text() + ".\n")); }},
    {"objgraph",
     [](const Call&) { return std::optional(refuse("objgraph: there are no Python objects")); }},
    {"revoke",
     [](const Call& call) {
       return std::optional(revoke(call, call.arguments.flag("terminate")));
     }},
    {"terminate", [](const Call& call) { return std::optional(revoke(call, true)); }},
    {"revoke_by_stamped_headers",
     [](const Call&) {
       return std::optional(refuse("revoke_by_stamped_headers: revoke by ids of tasks instead"));
     }},
    {"rate_limit", [](const Call& call) { return std::optional(rate_limit(call)); }},
    {"time_limit", [](const Call& call) { return std::optional(time_limit(call)); }},
    {"enable_events", [](const Call& call) { return std::optional(set_events(call, true)); }},
    {"disable_events", [](const Call& call) { return std::optional(set_events(call, false)); }},
    {"heartbeat",
     [](const Call& call) {
       call.events.heartbeat();
       return std::optional(Json());
     }},
    {"election", [](const Call&) { return std::optional(Json()); }},  // for gossip's hooks alone
    {"pool_grow", [](const Call& call) { return std::optional(resize(call, 1)); }},
    {"pool_shrink", [](const Call& call) { return std::optional(resize(call, -1)); }},
    {"pool_restart",
     [](const Call&) { return std::optional(refuse("ValueError('Pool restarts not enabled')")); }},
    {"autoscale",
     [](const Call&) { return std::optional(refuse("ValueError('Autoscale not enabled')")); }},
    {"shutdown",
     [](const Call& call) {
       base::log(base::Level::warning, "told to shut down by remote control");
       call.worker.stop();
       return std::optional<Json>();
     }},
    {"add_consumer", [](const Call& call) { return std::optional(add_consumer(call)); }},
    {"cancel_consumer", [](const Call& call) { return std::optional(cancel_consumer(call)); }},
    {"dump_conf", [](const Call& call) { return std::optional(configuration(call.worker)); }},
    {"dump_active", [](const Call& call) { return std::optional(active(call.worker)); }},
    {"dump_reserved", [](const Call& call) { return std::optional(reserved(call.worker)); }},
    {"dump_schedule", [](const Call& call) { return std::optional(scheduled(call.worker)); }},
    {"dump_revoked", [](const Call& call) { return std::optional(revoked_ids(call.worker)); }},
    {"dump_tasks",
     [](const Call& call) { return std::optional(registered(call.worker, {}, false)); }},
};

// These ask for no more than what is there before a worker runs.
bool may_come_early(std::string_view method) {
  constexpr std::array<std::string_view, 4> early = {"ping", "hello", "clock", "revoke"};
  return std::ranges::find(early, method) != early.end();
}

}  // namespace

std::optional<Json> answer(Worker& worker, Events& events, const ControlRequest& request) {
  const auto* method = std::ranges::find(methods, request.method, &Method::name);
  if (method == std::end(methods)) return refuse("No such control command: " + request.method);
  if (worker.started_us() == 0 && !may_come_early(request.method)) {
    return refuse("the worker is starting");
  }
  try {
    return method->run({worker, events, Arguments(request)});
  } catch (const std::invalid_argument& error) {
    return refuse(error.what());
  }
}

// Celery's times are those of the system's monotonic clock: comparable on one host, and elsewhere
// at least times.
Json revoked_as_json(const Worker& worker) {
  Json::Object members;
  const auto now_us = base::clock_microseconds();
  const double now = static_cast<double>(base::monotonic_ms()) / 1000;
  for (const auto& [id, revoked] : worker.revoked()) {
    const double at = now - base::seconds_of(now_us - revoked.at_us);
    members.emplace_back(id, Json::array({Json(at), Json(id)}));
  }
  return Json(std::move(members));
}

void revoke_as_told(Worker& worker, const Json& revoked) {
  if (!revoked.is_object()) return;
  std::vector<std::string> ids;
  for (const auto& [id, at] : revoked.members()) {
    if (!worker.revoked().contains(id)) ids.push_back(id);
  }
  if (!ids.empty()) worker.revoke(ids, false);
}

}  // namespace plinth::tasks
