#include "tasks/settle.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/log.hpp"
#include "tasks/compose.hpp"
#include "tasks/python_text.hpp"
#include "tasks/result_meta.hpp"

namespace plinth::tasks {

namespace {

std::string_view state_of(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::success:
      return states::success;
    case Outcome::Kind::retry:
      return states::retry;
    case Outcome::Kind::revoked:
      return states::revoked;
    default:
      return states::failure;
  }
}

std::string result_json(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::success ? python_json(outcome.result)
                                                : outcome.error.json();
}

bool keeps_result(const Message& message, const Outcome& outcome) {
  return !message.ignore_result && outcome.kind != Outcome::Kind::ignored &&
         outcome.kind != Outcome::Kind::rejected;
}

StoredResult stored(const Celery::Impl& celery, ResultMeta meta) {
  const bool ready = states::is_ready(meta.status);
  if (ready) meta.date_done = DateTime::now();
  return {.id = meta.task_id,
          .meta = encode(meta),
          .ready = ready,
          .expires_seconds = static_cast<std::int64_t>(celery.options.result_expires)};
}

// The same message again, later.
Outgoing retry_of(const Celery::Impl& celery, const Message& message, const Outcome& outcome) {
  auto again = message;
  again.retries = message.retries + 1;
  again.eta = DateTime{.microseconds = outcome.retry_at_us};
  again.parent_id = message.id;
  again.origin = celery.origin;
  again.delivery_tag.clear();
  again.redelivered = false;
  again.delivery_count = 0;
  if (!outcome.retry_queue.empty()) again.queue = outcome.retry_queue;
  if (std::ranges::none_of(again.properties, [](const Json::Member& member) {
        return member.first == "replaced_task_nesting";
      })) {
    again.properties.emplace_back("replaced_task_nesting", 0);
  }
  return outgoing(std::move(again), base::clock_microseconds());
}

// One task's, as others count on it.
class Settlement {
 public:
  Settlement(Celery::Impl& celery, const Message& message, const Outcome& outcome)
      : celery_(celery),
        message_(message),
        outcome_(outcome),
        parent_{.root_id = message.root_id.empty() ? message.id : message.root_id,
                .id = message.id} {}

  Task<Finished> settle(std::string tag) {
    Finished finished{.tag = std::move(tag)};
    switch (outcome_.kind) {
      case Outcome::Kind::success:
        co_await follow(finished);
        break;
      case Outcome::Kind::failure:
      case Outcome::Kind::revoked:
        co_await call_errbacks(finished);
        co_await fail_chain();
        break;
      case Outcome::Kind::retry:
        finished.follow_ups.push_back(retry_of(celery_, message_, outcome_));
        break;
      case Outcome::Kind::rejected:
        finished.dead_reason = outcome_.result.empty() ? "rejected" : outcome_.result;
        break;
      case Outcome::Kind::ignored:
      case Outcome::Kind::handed_back:
        break;
    }
    const bool ends = outcome_.kind == Outcome::Kind::success ||
                      outcome_.kind == Outcome::Kind::failure ||
                      outcome_.kind == Outcome::Kind::revoked;
    // Of a chain in a chord's header the last task is the part.
    if (ends && !message_.chord.empty() && !message_.group.empty()) {
      co_await add_part(finished, message_.group, message_.group_index.value_or(0), message_.id,
                        message_.chord);
    }
    finished.result = stored_result(celery_, message_, outcome_, children_);
    co_return finished;
  }

 private:
  Task<void> call(Finished& finished, Signature signature, const Json::Array& before) {
    auto composed = compose(celery_, std::move(signature), parent_, before);
    for (const auto& [group, size] : composed.chords) {
      co_await celery_.broker->results().set_chord_size(group, size);
    }
    for (auto& each : composed.messages) finished.follow_ups.push_back(std::move(each));
    // Celery's as_tuple: ((id, parent), the group's results or None).
    Json parts;
    if (!composed.parts.empty()) {
      parts = Json::array({});
      for (const auto& id : composed.parts) {
        parts.push_back(Json::array({Json::array({Json(id), Json()}), Json()}));
      }
    }
    children_.push_back(Json::array({Json::array({Json(composed.id), Json()}), parts}));
  }

  Task<void> follow(Finished& finished) {
    if (message_.callbacks.empty() && message_.chain.empty()) co_return;
    const Json::Array before{Json::parse(outcome_.result)};
    if (!message_.callbacks.empty()) {
      const auto callbacks = Json::parse(message_.callbacks);
      co_await call_each(finished, &callbacks, before);
    }
    if (!message_.chain.empty()) {
      auto rest = Json::parse(message_.chain);
      if (rest.size() == 0) co_return;
      auto next = Signature::from_json(rest.items().back());
      rest.items().pop_back();
      if (const auto* own = next.options.find("chain"); own && own->is_array()) {
        auto merged = *own;
        for (auto& item : rest.items()) merged.push_back(std::move(item));
        rest = std::move(merged);
      }
      if (rest.size() > 0) next.options["chain"] = std::move(rest);
      co_await call(finished, std::move(next), before);
    }
  }

  Task<void> call_errbacks(Finished& finished) {
    if (message_.errbacks.empty()) co_return;
    const auto errbacks = Json::parse(message_.errbacks);
    co_await call_each(finished, &errbacks, {Json(message_.id)});
    children_ = Json::array({});
  }

  Task<void> call_each(Finished& finished, const Json* signatures, Json::Array before) {
    if (!signatures || !signatures->is_array()) co_return;
    for (const auto& signature : signatures->items()) {
      co_await call(finished, Signature::from_json(signature), before);
    }
  }

  // Those behind a failed task will never run; who waits for them is told so.
  Task<void> fail_chain() {
    if (message_.chain.empty()) co_return;
    const auto rest = Json::parse(message_.chain);
    for (const auto& item : rest.items()) {
      const auto next = Signature::from_json(item);
      const auto* id = next.options.find("task_id");
      if (!id || !id->is_string()) continue;
      co_await celery_.broker->results().store(
          stored(celery_, {.task_id = id->str(),
                           .status = std::string(state_of(outcome_)),
                           .result = result_json(outcome_),
                           .traceback = outcome_.traceback}));
      const auto* body = next.options.find("chord");
      const auto* group = next.options.find("group_id");
      if (!body || !body->is_object() || !group || !group->is_string()) continue;
      const auto* index = next.options.find("group_index");
      Finished nothing;  // a failed chord sends no body
      co_await add_part(nothing, group->str(),
                        index && index->kind() == Json::Kind::integer ? index->integer() : 0,
                        id->str(), body->dump());
    }
  }

  Task<void> add_part(Finished& finished, std::string group, std::int64_t index, std::string id,
                      const std::string& body_json) {
    std::string part = "[1, ";
    append_python_string(part, id);
    part += ", ";
    append_python_string(part, state_of(outcome_));
    part += ", " + result_json(outcome_) + "]";
    const auto parts =
        co_await celery_.broker->results().add_chord_part(group, index, std::move(part));
    if (!parts) co_return;

    auto body = Signature::from_json(Json::parse(body_json));
    const auto body_id = freeze(celery_, body);
    Json::Array results;
    for (const auto& text : *parts) {
      auto each = Json::parse(text);
      if (each[2] != Json(states::success)) {
        co_await fail_body(finished, body, body_id, each);
        finished.chord = std::move(group);
        co_return;
      }
      results.push_back(each[3]);
    }
    finished.chord = std::move(group);
    co_await call(finished, std::move(body), {Json(std::move(results))});
    children_.items().pop_back();  // the body is no child of its last part
  }

  Task<void> fail_body(Finished& finished, const Signature& body, const std::string& body_id,
                       const Json& part) {
    const auto error = ExceptionInfo::read(part[3].dump());
    const auto reason = "Dependency " + part[1].str() + " raised " +
                        (error ? error->repr() : std::string(part[2].str()));
    const auto failed = failure({.type = "ChordError",
                                 .arguments = Json::array({Json(reason)}).dump(),
                                 .module = "celery.exceptions"},
                                body.task);
    const Message message{.task = body.task, .id = body_id};
    if (auto result = stored_result(celery_, message, failed, Json::array({}))) {
      co_await celery_.broker->results().store(std::move(*result));
    }
    co_await call_each(finished, body.options.find("link_error"), {Json(body_id)});
  }

  Celery::Impl& celery_;
  const Message& message_;
  const Outcome& outcome_;
  const Parent parent_;
  Json children_ = Json::array({});
};

}  // namespace

std::optional<StoredResult> stored_result(const Celery::Impl& celery, const Message& message,
                                          const Outcome& outcome, const Json& children) {
  if (!keeps_result(message, outcome)) return std::nullopt;
  ResultMeta meta{.task_id = message.id,
                  .status = std::string(state_of(outcome)),
                  .result = result_json(outcome)};
  if (!outcome.traceback.empty()) meta.traceback = outcome.traceback;
  if (children.size() > 0) meta.children = python_json(children.dump());
  meta.group_id = message.group;
  meta.parent_id = outcome.kind == Outcome::Kind::retry ? std::string() : message.parent_id;
  return stored(celery, std::move(meta));
}

bool is_simple(const Message& message) {
  return message.callbacks.empty() && message.errbacks.empty() && message.chain.empty() &&
         message.chord.empty();
}

Finished settle_simple(const Celery::Impl& celery, std::string tag, const Message& message,
                       const Outcome& outcome) {
  Finished finished{.tag = std::move(tag)};
  auto trail = outcome.trail;
  const base::Context context{.trail = &trail};
  const base::ContextScope scope(&context);
  if (outcome.kind == Outcome::Kind::retry) {
    finished.follow_ups.push_back(retry_of(celery, message, outcome));
  }
  if (outcome.kind == Outcome::Kind::rejected) {
    finished.dead_reason = outcome.result.empty() ? "rejected" : outcome.result;
  }
  static const Json no_children = Json::array({});
  finished.result = stored_result(celery, message, outcome, no_children);
  return finished;
}

Task<Finished> settle(Celery::Impl& celery, std::string tag, const Message& message,
                      const Outcome& outcome) {
  Settlement settlement(celery, message, outcome);
  auto trail = outcome.trail;  // what follows is sent within the trace of the run
  auto context = base::current_context ? *base::current_context : base::Context{};
  context.trail = &trail;
  co_return co_await base::in_context(context, settlement.settle(std::move(tag)));
}

Outcome revoked(std::string reason) {
  return {.kind = Outcome::Kind::revoked,
          .error = {.type = "TaskRevokedError",
                    .arguments = Json::array({Json(std::move(reason))}).dump(),
                    .module = "celery.exceptions"}};
}

}  // namespace plinth::tasks
