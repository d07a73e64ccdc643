#include "tasks/compose.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "plinth/values.hpp"
#include "tasks/message_trace.hpp"

namespace plinth::tasks {

namespace {

std::string option_text(const Json& options, std::string_view name) {
  const auto* found = options.find(name);
  return found && found->is_string() ? found->str() : std::string();
}

std::optional<double> number_of(const Json& options, std::string_view name) {
  const auto* found = options.find(name);
  if (!found || (found->kind() != Json::Kind::integer && found->kind() != Json::Kind::number)) {
    return std::nullopt;
  }
  return found->number();
}

// One callback may stand for a list of it, as Signature.set leaves it in Python.
std::string array_of(const Json& options, std::string_view name) {
  const auto* found = options.find(name);
  if (found && found->is_object()) return "[" + found->dump() + "]";
  return found && found->is_array() && found->size() > 0 ? found->dump() : std::string();
}

DateTime in_seconds(std::int64_t now_us, double seconds) {
  return {.microseconds = now_us + static_cast<std::int64_t>(seconds * 1e6)};
}

// A number of seconds from now, or a time.
std::optional<DateTime> time_of(std::int64_t now_us, const Json& options, std::string_view name) {
  if (const auto seconds = number_of(options, name)) return in_seconds(now_us, *seconds);
  const auto text = option_text(options, name);
  if (text.empty()) return std::nullopt;
  auto time = DateTime::parse(text);
  if (time) time->naive = false;  // Celery means UTC
  return time;
}

std::vector<Signature> tasks_of(const Json* list) {
  std::vector<Signature> made;
  if (!list) return made;
  // A chord's header may be a group.
  if (list->is_object()) {
    const auto* kwargs = list->find("kwargs");
    list = kwargs ? kwargs->find("tasks") : nullptr;
  }
  if (!list || !list->is_array()) throw std::invalid_argument("a list of signatures is none");
  for (const auto& item : list->items()) made.push_back(Signature::from_json(item));
  return made;
}

bool is_chain(const Signature& signature) { return signature.task == "celery.chain"; }
bool is_group(const Signature& signature) { return signature.task == "celery.group"; }
bool is_chord(const Signature& signature) { return signature.task == "celery.chord"; }

std::vector<Signature> tasks_in(const Signature& signature) {
  return tasks_of(signature.kwargs.find("tasks"));
}
std::vector<Signature> header_of(const Signature& chord) {
  return tasks_of(chord.kwargs.find("header"));
}
Signature body_of(const Signature& chord) {
  const auto* body = chord.kwargs.find("body");
  if (!body || !body->is_object()) throw std::invalid_argument("a chord without a body");
  return Signature::from_json(*body);
}

// A chain's steps: chains within it unrolled, a group that is followed made the header of a chord,
// what follows a chord made part of its body.
std::vector<Signature> steps_of(const Signature& chain_signature) {
  std::vector<Signature> flat;
  for (auto& task : tasks_in(chain_signature)) {
    if (is_chain(task) && task.options.size() == 0) {
      for (auto& inner : steps_of(task)) flat.push_back(std::move(inner));
    } else {
      flat.push_back(std::move(task));
    }
  }
  std::vector<Signature> steps;
  for (std::size_t i = flat.size(); i-- > 0;) {
    auto step = std::move(flat[i]);
    if (is_group(step) && !steps.empty()) {
      auto header = tasks_in(step);
      step = chord(std::move(header), steps.front());
      steps.erase(steps.begin());
    }
    if (is_chord(step) && !steps.empty()) {
      auto rest = std::move(steps);
      rest.insert(rest.begin(), body_of(step));
      step.kwargs["body"] = chain(std::move(rest)).to_json();
      steps.clear();
    }
    steps.insert(steps.begin(), std::move(step));
  }
  return steps;
}

// What a compound hands on to the task whose result is its own.
void hand_on(const Json& options, Signature& last) {
  for (const auto* name : {"group_id", "group_index", "chord", "chain"}) {
    if (const auto* value = options.find(name)) last.options[name] = *value;
  }
  // A Python client waits for the id that it gave the last task; its chord has the header's.
  const auto* id = options.find("task_id");
  if (id && !last.options.contains("task_id")) last.options["task_id"] = *id;
  if (const auto* callbacks = options.find("link"); callbacks && callbacks->is_array()) {
    for (const auto& callback : callbacks->items()) last.link(Signature::from_json(callback));
  }
}
void hand_on_to_each(const Json& options, Signature& task) {
  for (const auto* name : {"queue", "priority", "countdown", "eta", "expires", "reply_to"}) {
    const auto* value = options.find(name);
    if (value && !task.options.contains(name)) task.options[name] = *value;
  }
  if (const auto* errbacks = options.find("link_error"); errbacks && errbacks->is_array()) {
    for (const auto& errback : errbacks->items()) task.link_error(Signature::from_json(errback));
  }
}

std::string ensure_id(Signature& signature) {
  auto id = option_text(signature.options, "task_id");
  if (!id.empty()) return id;
  id = Uuid::random().str();
  signature.options["task_id"] = id;
  return id;
}

class Composer {
 public:
  Composer(const Celery::Impl& celery, const Parent& parent) : celery_(celery), parent_(parent) {}

  void add(Signature signature, const Json::Array& before) {
    if (is_chain(signature)) {
      add_chain(signature, before);
    } else if (is_group(signature)) {
      add_group(signature, before);
    } else if (is_chord(signature)) {
      add_chord(signature, before);
    } else {
      add_task(signature, before);
    }
  }
  Composed take() { return std::move(composed_); }

 private:
  void add_task(Signature& signature, const Json::Array& before) {
    composed_.id = ensure_id(signature);
    auto args = signature.args;
    if (!before.empty() && !signature.immutable) {
      Json::Array all = before;
      for (const auto& item : args.items()) all.push_back(item);
      args = std::move(all);
    }
    composed_.messages.push_back(outgoing(message_of(signature, args), now_us_));
  }

  void add_chain(const Signature& signature, const Json::Array& before) {
    auto steps = steps_of(signature);
    if (steps.empty()) throw std::invalid_argument("a chain of no tasks");
    for (auto& step : steps) hand_on_to_each(signature.options, step);
    hand_on(signature.options, steps.back());
    const auto id = freeze(celery_, steps.back());
    Json::Array rest;  // the next one last
    for (std::size_t i = steps.size(); i-- > 1;) {
      freeze(celery_, steps[i]);
      rest.push_back(steps[i].to_json());
    }
    auto first = std::move(steps.front());
    if (!rest.empty()) first.options["chain"] = std::move(rest);
    add(std::move(first), before);
    composed_.id = id;
  }

  void add_group(Signature& signature, const Json::Array& before) {
    const auto id = ensure_id(signature);
    const auto* body = signature.options.find("chord");
    std::int64_t index = 0;
    std::vector<std::string> parts;
    for (auto& task : flattened(tasks_in(signature))) {
      hand_on_to_each(signature.options, task);
      task.options["group_id"] = id;
      // Celery 5.2 counts the parts of chords alone.
      if (body) task.options["group_index"] = index;
      if (body) task.options["chord"] = *body;
      ++index;
      add(std::move(task), before);
      parts.push_back(composed_.id);
    }
    if (body) composed_.chords.emplace_back(id, index);
    composed_.id = id;
    composed_.parts = std::move(parts);
  }

  void add_chord(const Signature& signature, const Json::Array& before) {
    auto header = header_of(signature);
    auto body = body_of(signature);
    hand_on(signature.options, body);
    // What a chain has after this chord runs after its body.
    if (const auto* rest = signature.options.find("chain")) body.options["chain"] = *rest;
    const auto id = freeze(celery_, body);
    if (header.empty()) {
      add(std::move(body), {Json::array({})});
    } else {
      auto parts = Group(std::move(header));
      hand_on_to_each(signature.options, parts);
      parts.options["chord"] = body.to_json();
      add_group(parts, before);
    }
    composed_.id = id;
    composed_.parts.clear();
  }

  // A group in a group is its tasks.
  static std::vector<Signature> flattened(std::vector<Signature> tasks) {
    std::vector<Signature> flat;
    for (auto& task : tasks) {
      if (is_group(task)) {
        for (auto& inner : flattened(tasks_in(task))) flat.push_back(std::move(inner));
      } else {
        flat.push_back(std::move(task));
      }
    }
    return flat;
  }

  Message message_of(const Signature& signature, const Json& args) const {
    const auto& options = signature.options;
    const auto* row = celery_.find(signature.task);
    const auto* declared = row ? row->options : nullptr;
    Message message{.task = signature.task, .id = option_text(options, "task_id")};
    message.args = args.dump();
    message.kwargs = signature.kwargs.dump();
    message.callbacks = array_of(options, "link");
    message.errbacks = array_of(options, "link_error");
    message.chain = array_of(options, "chain");
    if (const auto* body = options.find("chord"); body && body->is_object()) {
      message.chord = body->dump();
    }
    message.eta = time_of(now_us_, options, options.contains("eta") ? "eta" : "countdown");
    message.expires = time_of(now_us_, options, "expires");
    if (!message.expires && declared && declared->expires > 0) {
      message.expires = in_seconds(now_us_, declared->expires);
    }
    message.time_limit = number_of(options, "time_limit");
    message.soft_time_limit = number_of(options, "soft_time_limit");
    message.group = option_text(options, "group_id");
    if (const auto index = number_of(options, "group_index")) {
      message.group_index = static_cast<std::int64_t>(*index);
    }
    message.shadow = option_text(options, "shadow");
    message.reply_to = option_text(options, "reply_to");
    if (const auto* headers = options.find("headers"); headers && headers->is_object()) {
      message.headers = headers->members();
    }
    settle(message, declared, option_text(options, "queue"), number_of(options, "priority"));
    const auto* ignores = options.find("ignore_result");
    message.ignore_result = ignores && ignores->kind() == Json::Kind::boolean
                                ? ignores->boolean()
                                : ignores_result(declared);
    return message;
  }

  bool ignores_result(const TaskOptions* declared) const {
    return declared ? declared->ignore_result.value_or(celery_.options.task_ignore_result)
                    : celery_.options.task_ignore_result;
  }

  void settle(Message& message, const TaskOptions* declared, std::string queue,
              std::optional<double> priority) const {
    if (queue.empty() && declared) queue = declared->queue;
    message.queue = queue.empty() ? celery_.options.task_default_queue : queue;
    const int fallback = declared
                             ? declared->priority.value_or(celery_.options.task_default_priority)
                             : celery_.options.task_default_priority;
    message.priority = std::clamp(static_cast<int>(priority.value_or(fallback)), 0, 9);
    message.root_id = parent_.root_id.empty() ? message.id : parent_.root_id;
    message.parent_id = parent_.id;
    message.origin = celery_.origin;
    if (message.reply_to.empty()) message.reply_to = celery_.oid;
  }

  friend Outgoing plinth::tasks::compose_call(const Celery::Impl& celery,
                                              const TaskOptions* options, std::string task,
                                              std::string args, std::string kwargs,
                                              const CallOptions& call, const Parent& parent,
                                              Sequence shown_as);

  const Celery::Impl& celery_;
  const Parent& parent_;
  const std::int64_t now_us_ = base::clock_microseconds();
  Composed composed_;
};

}  // namespace

Json json_of(const std::vector<Signature>& signatures) {
  Json::Array list;
  for (const auto& signature : signatures) list.push_back(signature.to_json());
  return list;
}

Parent current_parent() {
  const auto* context = base::current_context;
  return context && context->task ? *static_cast<const Parent*>(context->task) : Parent{};
}

std::string freeze(const Celery::Impl& celery, Signature& signature) {
  if (is_chain(signature)) {
    auto tasks = tasks_in(signature);
    if (tasks.empty()) throw std::invalid_argument("a chain of no tasks");
    if (const auto id = option_text(signature.options, "task_id"); !id.empty()) return id;
    const auto id = freeze(celery, tasks.back());
    signature.kwargs["tasks"] = json_of(tasks);
    return id;
  }
  if (is_chord(signature)) {
    auto body = body_of(signature);
    const auto* own = signature.options.find("task_id");
    if (own && !body.options.contains("task_id")) body.options["task_id"] = *own;
    const auto id = freeze(celery, body);
    signature.kwargs["body"] = body.to_json();
    return id;
  }
  const auto id = ensure_id(signature);
  if (!signature.options.contains("reply_to")) signature.options["reply_to"] = celery.oid;
  return id;
}

Composed compose(const Celery::Impl& celery, Signature signature, const Parent& parent,
                 const Json::Array& before) {
  Composer composer(celery, parent);
  composer.add(std::move(signature), before);
  return composer.take();
}

Outgoing compose_call(const Celery::Impl& celery, const TaskOptions* options, std::string task,
                      std::string args, std::string kwargs, const CallOptions& call,
                      const Parent& parent, Sequence shown_as) {
  const Composer composer(celery, parent);
  const auto now = base::clock_microseconds();
  Message message{.task = std::move(task),
                  .id = call.task_id.empty() ? Uuid::random().str() : call.task_id,
                  .args = std::move(args),
                  .kwargs = std::move(kwargs)};
  message.argsrepr = saferepr(message.args, shown_as);
  const auto texts = [](const std::vector<Signature>& list) {
    return list.empty() ? std::string() : json_of(list).dump();
  };
  message.callbacks = texts(call.link);
  message.errbacks = texts(call.link_error);
  message.eta = call.countdown ? in_seconds(now, *call.countdown) : call.eta;
  message.expires = call.expires ? in_seconds(now, *call.expires) : call.expires_at;
  if (!message.expires && options && options->expires > 0) {
    message.expires = in_seconds(now, options->expires);
  }
  if (call.time_limit > 0) message.time_limit = call.time_limit;
  if (call.soft_time_limit > 0) message.soft_time_limit = call.soft_time_limit;
  message.shadow = call.shadow;
  if (call.headers.is_object()) message.headers = call.headers.members();
  composer.settle(message, options, call.queue,
                  call.priority ? std::optional<double>(*call.priority) : std::nullopt);
  message.ignore_result = call.ignore_result.value_or(composer.ignores_result(options));
  auto made = outgoing(std::move(message), now);
  made.idempotency_key = call.idempotency_key;
  made.idempotency_seconds =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(call.idempotency_seconds));
  return made;
}

Outgoing outgoing(Message message, std::int64_t now_us) {
  inject_trace(message);
  if (message.expires) {
    const auto left = message.expires->microseconds - now_us;
    message.expiration_ms = std::max<std::int64_t>(0, left / 1000);
  }
  return {.id = message.id,
          .queue = message.queue,
          .priority = static_cast<int>(message.priority),
          .text = encode(message),
          .eta_us = message.eta ? message.eta->microseconds : 0,
          .task = message.task};
}

}  // namespace plinth::tasks
