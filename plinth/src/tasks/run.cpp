#include "tasks/run.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "base/clock.hpp"
#include "base/context.hpp"
#include "json/node.hpp"
#include "plinth/session.hpp"
#include "routing/app_state.hpp"
#include "routing/call.hpp"
#include "schema/serialise.hpp"
#include "schema/validate.hpp"
#include "tasks/compose.hpp"
#include "tasks/inbox.hpp"
#include "tasks/message_trace.hpp"
#include "tasks/python_text.hpp"
#include "tasks/task_context.hpp"

namespace plinth::tasks {

PlannedTasks::PlannedTasks(const Celery::Impl& celery) {
  static const std::vector<detail::Provided> nothing;
  const routing::Overrides no_overrides;
  const routing::PlanContext context{celery.app ? celery.app->provided : nothing, no_overrides};
  for (const auto& [name, row] : celery.registered) {
    tasks_.emplace(name, PlannedTask{row, routing::make_task_plan("task \"" + name + "\"",
                                                                  *row.callable, context)});
  }
}

const PlannedTask* PlannedTasks::find(std::string_view name) const {
  const auto found = tasks_.find(name);
  return found == tasks_.end() ? nullptr : &found->second;
}

bool PlannedTasks::is_map(std::string_view name) {
  return name == "celery.map" || name == "celery.starmap";
}

std::vector<std::string> PlannedTasks::names() const {
  std::vector<std::string> all;
  for (const auto& [name, task] : tasks_) all.push_back(name);
  return all;
}

namespace {

// Python's words for arguments that do not fit.
class CallArguments {
 public:
  CallArguments(const PlannedTask& task, const json::Node& args, const json::Node& kwargs)
      : task_(task), args_(args), kwargs_(kwargs) {
    for (const auto& parameter : task.row.callable->parameters) {
      if (parameter.source == detail::Source::argument) ++count_;
    }
  }

  // Null: it was not given. Throws TaskError when it was given twice.
  const json::Node* find(std::size_t position) const {
    const auto name = name_of(position);
    const auto* named = name.empty() ? nullptr : kwargs_.find(name);
    if (position >= args_.size()) return named;
    if (named) refuse("got multiple values for argument '" + std::string(name) + "'");
    return &args_.items()[position];
  }
  std::string shown(std::size_t position) const {
    const auto name = name_of(position);
    return name.empty() ? "argument " + std::to_string(position + 1) : std::string(name);
  }
  void check_all_known() const {
    if (args_.size() > count_) {
      refuse("takes " + std::to_string(count_) + " positional argument" + (count_ == 1 ? "" : "s") +
             " but " + std::to_string(args_.size()) +
             (args_.size() == 1 ? " was given" : " were given"));
    }
    const auto& names = task_.row.options->parameters;
    for (const auto& member : kwargs_.members()) {
      bool known = false;
      for (std::size_t i = 0; i < names.size(); ++i) known |= names[i] == member.key.string();
      if (!known) {
        refuse("got an unexpected keyword argument '" + std::string(member.key.string()) + "'");
      }
    }
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw TaskError("TypeError", std::string(task_.row.options->name) + "() " + what);
  }

 private:
  std::string_view name_of(std::size_t position) const {
    const auto& names = task_.row.options->parameters;
    return position < names.size() ? names[position] : std::string_view();
  }

  const PlannedTask& task_;
  const json::Node& args_;
  const json::Node& kwargs_;
  std::size_t count_ = 0;
};

class TaskCaller final : public routing::Caller {
 public:
  TaskCaller(Celery::Impl& celery, const PlannedTask& task, const CallArguments& arguments,
             TaskContext& context)
      : celery_(celery), task_(task), arguments_(arguments), context_(context) {}

  bool read(const routing::PlannedArgument& argument, void* place,
            schema::Errors& errors) override {
    const auto* given = arguments_.find(argument.position);
    if (given) {
      const auto name = arguments_.shown(argument.position);
      return schema::validate(*argument.type, *given, place, errors, schema::Loc(name));
    }
    if (argument.type->required()) {
      arguments_.refuse("missing 1 required positional argument: '" +
                        arguments_.shown(argument.position) + "'");
    }
    if (argument.type->set_default) argument.type->set_default(place);
    return true;
  }

  void* lend(const detail::TypeKey& type) override {
    if (&type == &detail::type_key<TaskContext>) return &context_;
    return &session();
  }

  void returned(const void* value) override {
    if (!task_.row.result) return;
    result.clear();
    schema::write(task_.row.result(), value, result);
  }

  Session& session() {
    if (!session_) {
      if (!celery_.engine) {
        throw std::logic_error("task \"" + std::string(task_.row.options->name) +
                               "\" takes a Session&, which needs a database: "
                               "Celery(\"app\", engine, …)");
      }
      session_.emplace(celery_.engine->session());
    }
    return *session_;
  }
  bool has_session() const { return session_.has_value(); }

  std::string result = "null";

 private:
  Celery::Impl& celery_;
  const PlannedTask& task_;
  const CallArguments& arguments_;
  TaskContext& context_;
  std::optional<Session> session_;
};

Task<std::string> call_function(Celery::Impl& celery, const PlannedTask& task,
                                const json::Node& args, const json::Node& kwargs,
                                TaskContext& context, const std::string& key) {
  const CallArguments arguments(task, args, kwargs);
  arguments.check_all_known();
  TaskCaller caller(celery, task, arguments, context);
  const bool once = task.row.options->idempotent;
  InboxEntry entry;  // keeps others of this process waiting, until the commit
  if (once) {
    entry = co_await begin_once(caller.session(), key);
    if (entry.done) co_return std::move(entry.result);
  }
  {
    routing::Call call(task.plan, caller);
    while (call.advance()) co_await call.pending();
    auto& outcome = call.outcome();
    if (outcome.error) std::rethrow_exception(outcome.error);
    if (outcome.refusal) throw HttpError(*outcome.refusal);
    if (outcome.invalid) {
      throw ValidationError(Json::parse(outcome.invalid->to_json())["detail"]);
    }
  }
  if (once) {
    auto others = co_await finish_once(caller.session(), key, caller.result);
    if (!others.empty()) co_return others;  // somebody was faster; our session is rolled back
  }
  if (caller.has_session()) co_await caller.session().commit();
  co_return std::move(caller.result);
}

json::Document parsed(const std::string& text) {
  json::Document document;
  json::Error error;
  if (!document.parse(text, error)) throw JsonError(error.message, error.position);
  return document;
}

// celery.map and celery.starmap: kwargs are {"task": signature, "it": [item, …]}.
Task<std::string> call_for_each(Celery::Impl& celery, const PlannedTasks& tasks, bool star,
                                const Message& message, TaskContext& context) {
  const auto kwargs = Json::parse(message.kwargs);
  const auto* signature = kwargs.find("task");
  const auto* items = kwargs.find("it");
  if (!signature || !items || !items->is_array()) {
    throw TaskError("TypeError", message.task + "() takes task and it");
  }
  const auto inner = Signature::from_json(*signature);
  const auto* task = tasks.find(inner.task);
  if (!task) throw TaskError("NotRegistered", inner.task, "celery.exceptions");
  const auto inner_kwargs = inner.kwargs.dump();
  const auto kwargs_document = parsed(inner_kwargs);
  std::string results = "[";
  std::size_t number = 0;
  for (const auto& item : items->items()) {
    Json::Array args;
    if (star && item.is_array()) {
      args = item.items();
    } else {
      args.push_back(item);
    }
    const auto text = Json(std::move(args)).dump();
    const auto document = parsed(text);
    if (results.size() > 1) results += ", ";
    results += co_await call_function(celery, *task, document.root(), kwargs_document.root(),
                                      context, message.id + "#" + std::to_string(number++));
  }
  results += ']';
  co_return results;
}

Task<std::string> call_task(Celery::Impl& celery, const PlannedTasks& tasks, const Message& message,
                            TaskContext& context) {
  if (PlannedTasks::is_map(message.task)) {
    return call_for_each(celery, tasks, message.task == "celery.starmap", message, context);
  }
  return [](Celery::Impl& of, const PlannedTask* task, const Message& for_message,
            TaskContext& self) -> Task<std::string> {
    if (!task) throw TaskError("NotRegistered", for_message.task, "celery.exceptions");
    const auto args = parsed(for_message.args);
    const auto kwargs = parsed(for_message.kwargs);
    co_return co_await call_function(of, *task, args.root(), kwargs.root(), self, for_message.id);
  }(celery, tasks.find(message.task), message, context);
}

// ---- Retries

double random_up_to(double limit) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, limit)(generator);
}

// Celery's get_exponential_backoff_interval.
double pause_before_retry(const TaskOptions& options, std::int64_t retries) {
  if (options.retry_backoff <= 0) return options.default_retry_delay;
  const double exponent = static_cast<double>(std::min<std::int64_t>(retries, 40));
  const double pause =
      std::min(options.retry_backoff_max, options.retry_backoff * std::pow(2.0, exponent));
  return options.retry_jitter ? random_up_to(pause) : pause;
}

Outcome retried(const TaskOptions& options, const Message& message, const RetryOptions& retry,
                double default_pause) {
  const int limit = retry.max_retries.value_or(options.max_retries);
  if (limit >= 0 && message.retries >= limit) {
    if (retry.exc) return failure(exception_info(retry.exc), message.task);
    return failure(
        {.type = "MaxRetriesExceededError",
         .arguments = Json::array({Json("Can't retry " + message.task + "[" + message.id +
                                        "] args:" + message.args + " kwargs:" + message.kwargs)})
                          .dump(),
         .module = "celery.exceptions"},
        message.task);
  }
  auto made = failure(retry.exc ? exception_info(retry.exc)
                                : ExceptionInfo{.type = "Retry", .module = "celery.exceptions"},
                      message.task);
  made.kind = Outcome::Kind::retry;
  const double pause = retry.countdown.value_or(default_pause);
  made.retry_at_us = retry.eta
                         ? retry.eta->microseconds
                         : base::clock_microseconds() + static_cast<std::int64_t>(pause * 1e6);
  made.retry_queue = retry.queue;
  return made;
}

Outcome outcome_of(const std::exception_ptr& error, const TaskOptions& options,
                   const Message& message) {
  try {
    std::rethrow_exception(error);
  } catch (const Retry& retry) {
    return retried(options, message, retry.options, options.default_retry_delay);
  } catch (const Ignore&) {
    return {.kind = Outcome::Kind::ignored};
  } catch (const Reject& reject) {
    return {.kind = Outcome::Kind::rejected, .result = reject.reason, .requeue = reject.requeue};
  } catch (...) {
    const bool again = options.autoretry_for && options.autoretry_for(error) &&
                       !(options.dont_autoretry_for && options.dont_autoretry_for(error));
    if (!again) return failure(exception_info(error), message.task);
    return retried(options, message, {.exc = error}, pause_before_retry(options, message.retries));
  }
}

}  // namespace

Task<Outcome> run_task(Celery::Impl& celery, const PlannedTasks& tasks, const Message& message,
                       const RunInfo& info) {
  static constexpr TaskOptions no_options{.name = "celery.map"};
  const auto* task = tasks.find(message.task);
  const auto& options = task ? *task->row.options : no_options;
  const Parent parent{.root_id = message.root_id.empty() ? message.id : message.root_id,
                      .id = message.id};
  base::Trail trail;
  begin_run(trail, message);
  const base::Context context{.celery = &celery,
                              .task = &parent,
                              .trail = &trail,
                              .task_id = &message.id,
                              .task_name = &message.task};
  auto span = run_span(trail, message, info);
  trail.own = &span;
  TaskContext::Impl self(celery, message, info);
  TaskContext bound(self);
  Outcome outcome;
  std::exception_ptr error;
  try {
    auto call = call_task(celery, tasks, message, bound);
    outcome.result = co_await base::in_context(context, std::move(call));
  } catch (...) {
    error = std::current_exception();
  }
  if (error) outcome = outcome_of(error, options, message);
  outcome.trail = trail;
  outcome.trail.own = nullptr;
  end_run(span, outcome, error);
  co_return outcome;
}

}  // namespace plinth::tasks
