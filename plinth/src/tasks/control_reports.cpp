#include "tasks/control_reports.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/clock.hpp"
#include "formats/datetime.hpp"
#include "redis/url.hpp"

namespace plinth::tasks {

namespace {

constexpr int eta_priority = 6;  // of the timers that hold such tasks, in Celery

Json delivery_info(const Message& message) {
  return Json::object({{"exchange", message.exchange},
                       {"routing_key", message.queue},
                       {"priority", message.priority},
                       {"redelivered", message.redelivered ? Json(true) : Json()}});
}

Json info(const Worker& worker, const Message& message) {
  return Json::object({{"id", message.id},
                       {"name", message.shadow.empty() ? message.task : message.shadow},
                       {"args", Json::parse(message.args)},
                       {"kwargs", Json::parse(message.kwargs)},
                       {"type", message.task},
                       {"hostname", worker.hostname()},
                       {"time_start", Json()},
                       {"acknowledged", false},
                       {"delivery_info", delivery_info(message)},
                       {"worker_pid", Json()}});
}

Json info(const Worker& worker, const WorkerRequest& request) {
  Json json = info(worker, request.message);
  json["acknowledged"] = request.acknowledged;
  if (request.state == WorkerRequest::State::active) {
    json["time_start"] = base::seconds_of(request.started_us);
    json["worker_pid"] = static_cast<std::int64_t>(::getpid());
  }
  return json;
}

Json infos(const Worker& worker, const std::vector<RequestPointer>& requests) {
  Json::Array items;
  for (const auto& request : requests) items.push_back(info(worker, *request));
  return Json(std::move(items));
}

double seconds(const ::timeval& time) {
  return static_cast<double>(time.tv_sec) + base::seconds_of(time.tv_usec);
}

Json resource_usage() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return Json::object({{"utime", seconds(usage.ru_utime)},
                       {"stime", seconds(usage.ru_stime)},
                       {"maxrss", usage.ru_maxrss},
                       {"ixrss", usage.ru_ixrss},
                       {"idrss", usage.ru_idrss},
                       {"isrss", usage.ru_isrss},
                       {"minflt", usage.ru_minflt},
                       {"majflt", usage.ru_majflt},
                       {"nswap", usage.ru_nswap},
                       {"inblock", usage.ru_inblock},
                       {"oublock", usage.ru_oublock},
                       {"msgsnd", usage.ru_msgsnd},
                       {"msgrcv", usage.ru_msgrcv},
                       {"nsignals", usage.ru_nsignals},
                       {"nvcsw", usage.ru_nvcsw},
                       {"nivcsw", usage.ru_nivcsw}});
}

// Whole seconds where they are, as Python's callers write them.
Json number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

// Of Celery's prefork pool, how evenly tasks are spread over its processes: here is one.
Json writes(const Worker& worker) {
  const auto processed = worker.processed();
  return Json::object(
      {{"total", processed},
       {"avg", "100.00%"},
       {"all", "100.00%"},
       {"raw", std::to_string(processed)},
       {"strategy", "fair"},
       {"inqueues", Json::object({{"total", 1}, {"active", worker.active().empty() ? 0 : 1}})}});
}

Json pool(const Worker& worker) {
  const auto& conf = worker.celery().options;
  return Json::object(
      {{"max-concurrency", worker.options().concurrency},
       {"processes", Json::array({Json(static_cast<std::int64_t>(::getpid()))})},
       {"max-tasks-per-child", "N/A"},
       {"put-guarded-by-semaphore", false},
       {"timeouts", Json::array({number(conf.task_soft_time_limit), number(conf.task_time_limit)})},
       {"writes", writes(worker)}});
}

Json broker(const Worker& worker) {
  const auto& conf = worker.celery().options;
  const auto url = redis::parse_url(conf.broker_url.value());
  return Json::object({{"hostname", url.socket_path.empty() ? url.host : url.socket_path},
                       {"userid", url.user.empty() ? Json() : Json(url.user)},
                       {"virtual_host", std::to_string(url.database)},
                       {"port", url.port},
                       {"insist", false},
                       {"ssl", url.tls},
                       {"transport", "redis"},
                       {"connect_timeout", number(conf.broker_connection_timeout)},
                       {"transport_options",
                        Json::object({{"visibility_timeout", number(conf.visibility_timeout)}})},
                       {"login_method", Json()},
                       {"uri_prefix", Json()},
                       {"heartbeat", 120.0},
                       {"failover_strategy", "round-robin"},
                       {"alternates", Json::array({})}});
}

// A queue as kombu describes one: all that Redis has no use for is null.
Json queue(const std::string& name) {
  const auto exchange = Json::object({{"name", name},
                                      {"type", "direct"},
                                      {"arguments", Json()},
                                      {"durable", true},
                                      {"passive", false},
                                      {"auto_delete", false},
                                      {"delivery_mode", Json()},
                                      {"no_declare", false}});
  return Json::object({{"name", name},
                       {"exchange", exchange},
                       {"routing_key", name},
                       {"queue_arguments", Json()},
                       {"binding_arguments", Json()},
                       {"consumer_arguments", Json()},
                       {"durable", true},
                       {"exclusive", false},
                       {"auto_delete", false},
                       {"no_ack", false},
                       {"alias", Json()},
                       {"bindings", Json::array({})},
                       {"no_declare", Json()},
                       {"expires", Json()},
                       {"message_ttl", Json()},
                       {"max_length", Json()},
                       {"max_length_bytes", Json()},
                       {"max_priority", Json()}});
}

std::string shown_url(const std::string& url) {
  return url.starts_with("redis") || url.starts_with("unix") ? redis::parse_url(url).shown()
                                                             : std::string("********");
}

}  // namespace

Json active(const Worker& worker) { return infos(worker, worker.active()); }

Json reserved(const Worker& worker) { return infos(worker, worker.reserved()); }

Json scheduled(const Worker& worker) {
  Json::Array items;
  for (const auto& request : worker.scheduled()) {
    items.push_back(Json::object({{"eta", formats::python_iso(DateTime{request.eta_us})},
                                  {"priority", eta_priority},
                                  {"request", info(worker, request.message)}}));
  }
  return Json(std::move(items));
}

Json query_task(const Worker& worker, const std::vector<std::string>& ids) {
  Json found = Json::object({});
  for (const auto& id : ids) {
    const auto request = worker.find(id);
    if (request == nullptr) continue;
    const bool is_active = request->state == WorkerRequest::State::active;
    found[id] = Json::array({Json(is_active ? "active" : "reserved"), info(worker, *request)});
  }
  return found;
}

Json revoked_ids(const Worker& worker) {
  Json::Array ids;
  for (const auto& [id, revoked] : worker.revoked()) ids.emplace_back(id);
  return Json(std::move(ids));
}

namespace {

// What Python's str() makes of that attribute of a task; empty: it has none.
std::string item_of(const Worker& worker, const std::string& task, const std::string& item) {
  if (item == "rate_limit") return worker.rate_limit(task);
  const auto* options = worker.task_options(task);
  if (!options) return {};
  const auto truth = [](bool value) { return value ? "True" : "False"; };
  const auto& conf = worker.celery().options;
  if (item == "max_retries") {
    return options->max_retries < 0 ? std::string() : std::to_string(options->max_retries);
  }
  if (item == "default_retry_delay") return number(options->default_retry_delay).dump();
  if (item == "acks_late") return truth(options->acks_late.value_or(conf.task_acks_late));
  if (item == "ignore_result") {
    return truth(options->ignore_result.value_or(conf.task_ignore_result));
  }
  if (item == "track_started") {
    return truth(options->track_started.value_or(conf.task_track_started));
  }
  if (item == "time_limit" && options->time_limit > 0) return number(options->time_limit).dump();
  if (item == "soft_time_limit" && options->soft_time_limit > 0) {
    return number(options->soft_time_limit).dump();
  }
  return {};
}

}  // namespace

Json registered(const Worker& worker, std::vector<std::string> items, bool builtins) {
  if (items.empty()) items.emplace_back("rate_limit");
  auto names = worker.task_names();
  std::ranges::sort(names);
  Json::Array tasks;
  for (const auto& name : names) {
    if (!builtins && name.starts_with("celery.")) continue;
    std::string shown;
    for (const auto& item : items) {
      const auto value = item_of(worker, name, item);
      if (value.empty()) continue;
      shown += (shown.empty() ? "" : " ") + item + "=" + value;
    }
    tasks.emplace_back(shown.empty() ? name : name + " [" + shown + "]");
  }
  return Json(std::move(tasks));
}

Json statistics(const Worker& worker, std::int64_t clock) {
  Json total = Json::object({});
  for (const auto& [task, count] : worker.totals()) total[task] = count;
  const auto up_us = base::clock_microseconds() - worker.started_us();
  return Json::object({{"total", std::move(total)},
                       {"pid", static_cast<std::int64_t>(::getpid())},
                       {"clock", std::to_string(clock)},
                       {"uptime", up_us / 1'000'000},
                       {"pool", pool(worker)},
                       {"broker", broker(worker)},
                       {"prefetch_count", worker.prefetch_count()},
                       {"rusage", resource_usage()}});
}

Json active_queues(const Worker& worker) {
  Json::Array queues;
  for (const auto& name : worker.options().queues) queues.push_back(queue(name));
  return Json(std::move(queues));
}

Json configuration(const Worker& worker) {
  const auto& conf = worker.celery().options;
  const auto broker_url = shown_url(conf.broker_url.value());
  return Json::object(
      {{"broker_url", broker_url},
       {"result_backend", conf.result_backend ? shown_url(*conf.result_backend) : broker_url},
       {"task_default_queue", conf.task_default_queue},
       {"task_default_priority", conf.task_default_priority},
       {"task_acks_late", conf.task_acks_late},
       {"task_ignore_result", conf.task_ignore_result},
       {"task_track_started", conf.task_track_started},
       {"task_send_sent_event", conf.task_send_sent_event},
       {"task_time_limit", number(conf.task_time_limit)},
       {"task_soft_time_limit", number(conf.task_soft_time_limit)},
       {"result_expires", number(conf.result_expires)},
       {"worker_concurrency", worker.options().concurrency},
       {"worker_prefetch_multiplier", worker.options().prefetch_multiplier},
       {"timezone", conf.timezone}});
}

std::string report(const Worker& worker) {
  ::utsname system{};
  ::uname(&system);
  std::string out = "\nsoftware -> plinth:" PLINTH_VERSION "\nplatform -> system:";
  out += system.sysname;
  out += " arch:";
  out += system.machine;
  out += "\n            kernel version:";
  out += system.release;
  out += "\nsettings -> transport:redis\n\n";
  const Json conf = configuration(worker);
  for (const auto& [name, value] : conf.members()) {
    out += name + ": " + value.dump() + "\n";
  }
  return out;
}

// Source: proc(5), /proc/self/statm: size and resident set, in pages.
std::string memory_text() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  file >> size >> resident;
  constexpr double bytes_per_megabyte = 1024 * 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.2fMB",
                static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / bytes_per_megabyte);
  return text;
}

}  // namespace plinth::tasks
