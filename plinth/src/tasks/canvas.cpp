// Signatures as values; compose.cpp makes messages of them.
#include <algorithm>
#include <stdexcept>

#include "plinth/tasks.hpp"
#include "tasks/celery.hpp"
#include "tasks/compose.hpp"
#include "tasks/outbox.hpp"

namespace plinth {

namespace {

Json& list_at(Json& options, std::string_view name) {
  auto& list = options[name];
  if (list.is_object()) list = Json::array({list});  // one, as Python's set() leaves it
  if (!list.is_array()) list = Json::array({});
  return list;
}

}  // namespace

Signature::Signature(std::string task_name, Json positional, Json keyword)
    : task(std::move(task_name)), args(std::move(positional)), kwargs(std::move(keyword)) {}

Signature& Signature::set(const CallOptions& call) {
  if (call.countdown) options["countdown"] = *call.countdown;
  if (call.eta) options["eta"] = call.eta->iso();
  if (call.expires) options["expires"] = *call.expires;
  if (call.expires_at) options["expires"] = call.expires_at->iso();
  if (!call.queue.empty()) options["queue"] = call.queue;
  if (call.priority) options["priority"] = *call.priority;
  if (!call.task_id.empty()) options["task_id"] = call.task_id;
  if (call.ignore_result) options["ignore_result"] = *call.ignore_result;
  if (call.soft_time_limit > 0) options["soft_time_limit"] = call.soft_time_limit;
  if (call.time_limit > 0) options["time_limit"] = call.time_limit;
  if (!call.shadow.empty()) options["shadow"] = call.shadow;
  if (call.headers.is_object() && call.headers.size() > 0) options["headers"] = call.headers;
  for (const auto& callback : call.link) link(callback);
  for (const auto& errback : call.link_error) link_error(errback);
  return *this;
}

Signature& Signature::link(Signature callback) {
  list_at(options, "link").push_back(callback.to_json());
  return *this;
}
Signature& Signature::link_error(Signature errback) {
  list_at(options, "link_error").push_back(errback.to_json());
  return *this;
}

Json Signature::to_json() const {
  auto json = Json::object({{"task", task}, {"args", args}, {"kwargs", kwargs}});
  json["options"] = options;
  json["subtask_type"] = subtask_type.empty() ? Json() : Json(subtask_type);
  json["immutable"] = immutable;
  return json;
}

Signature Signature::from_json(const Json& json) {
  const auto* name = json.find("task");
  if (!name || !name->is_string()) throw std::invalid_argument("a signature without a task");
  Signature made(name->str(), Json::array({}));
  const auto take = [&](const char* key, Json& into, bool (Json::*is)() const) {
    if (const auto* found = json.find(key); found && (found->*is)()) into = *found;
  };
  take("args", made.args, &Json::is_array);
  take("kwargs", made.kwargs, &Json::is_object);
  take("options", made.options, &Json::is_object);
  if (const auto* type = json.find("subtask_type"); type && type->is_string()) {
    made.subtask_type = type->str();
  }
  if (const auto* immutable = json.find("immutable")) {
    made.immutable = immutable->kind() == Json::Kind::boolean && immutable->boolean();
  }
  return made;
}

Signature chain(std::vector<Signature> tasks) {
  if (tasks.size() == 1) return std::move(tasks.front());
  Signature made("celery.chain", Json::array({}), Json::object({{"tasks", tasks::json_of(tasks)}}));
  made.subtask_type = "chain";
  return made;
}

Group::Group(std::vector<Signature> tasks)
    : Signature("celery.group", Json::array({}), Json::object({{"tasks", tasks::json_of(tasks)}})) {
  subtask_type = "group";
}

Signature chord(std::vector<Signature> header, Signature body) {
  Signature made("celery.chord", Json::array({}),
                 Json::object({{"header", tasks::json_of(header)}, {"body", body.to_json()}}));
  made.subtask_type = "chord";
  return made;
}

// ---- Calls

Task<AsyncResult<Json>> Signature::delay() const {
  return apply_async(Celery::current(), CallOptions{});
}
Task<AsyncResult<Json>> Signature::apply_async(CallOptions call) const {
  return apply_async(Celery::current(), std::move(call));
}

namespace {

Task<tasks::Composed> call_now(Celery& celery, Signature signature, CallOptions call) {
  signature.set(call);
  auto& impl = celery.impl();
  auto composed = tasks::compose(impl, std::move(signature), tasks::current_parent());
  co_await tasks::send_composed(impl, composed, std::move(call));
  co_return composed;
}

}  // namespace

Task<AsyncResult<Json>> Signature::apply_async(Celery& celery, CallOptions call) const {
  auto composed = co_await call_now(celery, *this, std::move(call));
  co_return AsyncResult<Json>(celery, std::move(composed.id));
}

void Signature::enlist(Session& session) const {
  auto& celery = tasks::current_celery();
  auto composed = tasks::compose(celery, *this, tasks::current_parent());
  if (!composed.chords.empty()) {
    throw std::invalid_argument(
        "a chord cannot be enqueued in a session: its size is told to the "
        "result backend first; enqueue a task that calls it");
  }
  for (auto& message : composed.messages) tasks::enlist(session, std::move(message));
}

Task<GroupResult> Group::delay() const { return apply_async(Celery::current(), CallOptions{}); }
Task<GroupResult> Group::apply_async(CallOptions call) const {
  return apply_async(Celery::current(), std::move(call));
}
Task<GroupResult> Group::apply_async(Celery& celery, CallOptions call) const {
  auto composed = co_await call_now(celery, *this, std::move(call));
  std::vector<AsyncResult<Json>> parts;
  for (auto& id : composed.parts) parts.emplace_back(celery, std::move(id));
  co_return GroupResult(celery, std::move(composed.id), std::move(parts));
}

// ---- Of declared tasks

namespace detail {

namespace {

plinth::Signature named(const TaskRow& row, Json args) {
  plinth::Signature made(std::string(row.options->name), std::move(args));
  if (!row.options->queue.empty()) made.options["queue"] = row.options->queue;
  if (row.options->priority) made.options["priority"] = *row.options->priority;
  return made;
}

}  // namespace

plinth::Signature make_signature(const TaskRow& row, std::string args, bool immutable) {
  auto made = named(row, Json::parse(args));
  made.immutable = immutable;
  return made;
}

plinth::Signature map_of(const TaskRow& row, std::string items, std::string_view task) {
  plinth::Signature made(
      std::string(task), Json::array({}),
      Json::object({{"task", named(row, Json::array({})).to_json()}, {"it", Json::parse(items)}}));
  made.subtask_type = task.substr(task.find('.') + 1);
  if (!row.options->queue.empty()) made.options["queue"] = row.options->queue;
  return made;
}

Group chunks_of(const TaskRow& row, std::string items, std::size_t size) {
  if (size == 0) throw std::invalid_argument("chunks of no items");
  const auto all = Json::parse(items);
  std::vector<plinth::Signature> parts;
  for (std::size_t from = 0; from < all.size(); from += size) {
    Json::Array some;
    for (std::size_t i = from; i < std::min(from + size, all.size()); ++i) some.push_back(all[i]);
    parts.push_back(map_of(row, Json(std::move(some)).dump(), "celery.starmap"));
  }
  return Group(std::move(parts));
}

}  // namespace detail
}  // namespace plinth
