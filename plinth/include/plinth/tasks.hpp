// Background tasks: declared, called and composed as in Celery, whose messages they are. Stands for
// celery.Celery, shared_task, AsyncResult and canvas. Example: plinth/examples/15_tasks.cpp
//
//   Task<std::int64_t> sum(std::int64_t x, std::int64_t y) { co_return x + y; }
//   inline constexpr auto add = shared_task<sum>({.name = "add", .max_retries = 5});
//
//   auto result = co_await add.delay(2, 3);
//   co_await result.get();                                      // 5
//   co_await add.apply_async({2, 3}, {.countdown = 60, .queue = "slow"});
//   co_await chain(add.s(2, 3), add.s(4)).delay();              // (2 + 3) + 4
//   session.enqueue(add, 2, 3);                                 // sent when the session commits
//
// A task's parameters are the arguments of its message, read by the schema layer; beside them it
// may name what the application provides (const Settings&), dependencies (Depends<fn>), Session& (a
// session of its own, committed when it returns) and TaskContext& (Celery's bound `self`).
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/async_result.hpp"
#include "plinth/datetime.hpp"
#include "plinth/detail/task_function.hpp"
#include "plinth/json.hpp"
#include "plinth/schedule.hpp"
#include "plinth/session.hpp"
#include "plinth/task.hpp"

namespace plinth {

class App;
struct CallOptions;

// ---- Errors

/// Thrown by a task: keep no result, say nothing.
struct Ignore {};
/// Thrown by a task: its message becomes a dead letter, or with `requeue` goes back to its queue.
struct Reject {
  std::string reason = "rejected";
  bool requeue = false;
};
/// Thrown by a task: `throw self.retry({.countdown = 10});`
class Retry;

/// Which errors: `.autoretry_for = errors<MailError, DatabaseError>`.
using ErrorFilter = bool (*)(const std::exception_ptr& error);
template <class... Error>
bool errors(const std::exception_ptr& error) {
  const auto is = []<class E>(const std::exception_ptr& thrown, std::type_identity<E>) {
    try {
      std::rethrow_exception(thrown);
    } catch (const E&) {
      return true;
    } catch (...) {
      return false;
    }
  };
  return (is(error, std::type_identity<Error>{}) || ...);
}

// ---- Options

namespace detail {

// Names of parameters, in order: {"email", "language"}.
class ParameterNames {
 public:
  static constexpr std::size_t count_max = 12;

  consteval ParameterNames() = default;
  template <class... Name>
  consteval ParameterNames(Name... name)  // NOLINT(google-explicit-constructor)
      : names_{std::string_view(name)...}, count_(sizeof...(Name)) {
    static_assert(sizeof...(Name) <= count_max, "plinth: at most 12 parameters have names");
  }
  constexpr std::size_t size() const { return count_; }
  constexpr std::string_view operator[](std::size_t index) const { return names_[index]; }

 private:
  std::array<std::string_view, count_max> names_{};
  std::size_t count_ = 0;
};

}  // namespace detail

/// What is so of every call of a task. Celery's words; times in seconds.
struct TaskOptions {
  std::string_view name;
  // Of the function's arguments, for those who send them by keyword (kwargs).
  detail::ParameterNames parameters = {};
  std::string_view queue = {};  // default: the Celery's task_default_queue
  std::optional<int> priority = {};

  int max_retries = 3;  // -1: for ever
  double default_retry_delay = 180;
  ErrorFilter autoretry_for = nullptr;
  ErrorFilter dont_autoretry_for = nullptr;
  double retry_backoff = 0;  // 1: waits 1, 2, 4, 8, … seconds; 0: default_retry_delay each time
  double retry_backoff_max = 600;
  bool retry_jitter = true;  // a random wait up to the one that retry_backoff gives

  std::optional<bool> acks_late = {};  // default: the Celery's task_acks_late
  std::optional<bool> ignore_result = {};
  std::optional<bool> track_started = {};
  double soft_time_limit = 0;        // 0: none
  double time_limit = 0;             // 0: none
  std::string_view rate_limit = {};  // "10/s", "100/m", "1000/h", of a worker; "": none
  double expires = 0;                // a message this old is not run any more; 0: never
  // What it does to the database happens once, however often its message is delivered: it takes
  // Session&, and the message's id is kept in the same transaction.
  bool idempotent = false;
};

/// How a publisher tries again while the broker does not answer. Celery's retry_policy.
struct RetryPolicy {
  int max_retries = 3;
  double interval_start = 0;
  double interval_step = 0.2;
  double interval_max = 0.2;
};

/// A call that has not been made: a task's name, arguments and options, as JSON. Celery's
/// Signature.
class Signature {
 public:
  Signature() = default;
  Signature(std::string task_name, Json positional, Json keyword = Json::object({}));

  std::string task;
  Json args = Json::array({});
  Json kwargs = Json::object({});
  Json options = Json::object({});
  std::string subtask_type = {};  // "chain", "group", "chord", …
  bool immutable = false;         // does not take the result of what ran before it

  Signature& set(const CallOptions& call);
  Signature& link(Signature callback);
  Signature& link_error(Signature errback);

  /// Sends it by the current Celery, see Celery::current.
  Task<AsyncResult<Json>> delay() const;
  Task<AsyncResult<Json>> apply_async(CallOptions call) const;
  Task<AsyncResult<Json>> apply_async(Celery& celery, CallOptions call) const;
  /// Sent when the session commits.
  void enlist(Session& session) const;

  Json to_json() const;
  static Signature from_json(const Json& json);
};

/// What is so of one call. Celery's apply_async.
struct CallOptions {
  std::optional<double> countdown = {};  // seconds from now
  std::optional<DateTime> eta = {};
  std::optional<double> expires = {};  // seconds from now
  std::optional<DateTime> expires_at = {};
  std::string queue = {};
  std::optional<int> priority = {};  // 0 to 9; on Redis the lower is served first
  std::string task_id = {};
  bool retry = true;
  RetryPolicy retry_policy = {};
  std::vector<Signature> link = {};        // called with the result
  std::vector<Signature> link_error = {};  // called with the id of the failed task
  std::optional<bool> ignore_result = {};
  double soft_time_limit = 0;
  double time_limit = 0;
  std::string shadow = {};  // the name that is shown
  Json headers = {};        // an object; more headers of the message
  // A second call with this key is dropped for idempotency_seconds; its result is the first one's.
  std::string idempotency_key = {};
  double idempotency_seconds = 86'400;
};

// ---- Canvas

/// Each is called with the result of the one before. A group that is followed becomes a chord.
Signature chain(std::vector<Signature> tasks);
template <class... Next>
Signature chain(Signature first, Next... next) {
  return chain(std::vector<Signature>{std::move(first), std::move(next)...});
}

/// All at once.
class Group : public Signature {
 public:
  explicit Group(std::vector<Signature> tasks);
  Task<GroupResult> delay() const;
  Task<GroupResult> apply_async(CallOptions call = {}) const;
  Task<GroupResult> apply_async(Celery& celery, CallOptions call = {}) const;
};
inline Group group(std::vector<Signature> tasks) { return Group(std::move(tasks)); }
template <class... Next>
Group group(Signature first, Next... next) {
  return Group(std::vector<Signature>{std::move(first), std::move(next)...});
}

/// `body` is called with the list of the results of `header`, once all are there.
Signature chord(std::vector<Signature> header, Signature body);

// ---- Tasks

namespace detail {

struct TaskRow {
  const TaskOptions* options;
  const Callable* callable;
  TypeFn result;  // null: nothing
};

/// Sends a call by the current Celery; returns its id. `args` is a JSON array.
Task<std::string> send(const TaskRow& row, std::string args, CallOptions call);
Celery& current_celery();
plinth::Signature make_signature(const TaskRow& row, std::string args, bool immutable);
void enlist(Session& session, const TaskRow& row, std::string args);
plinth::Signature map_of(const TaskRow& row, std::string items, std::string_view task);
Group chunks_of(const TaskRow& row, std::string items, std::size_t size);

template <class Values>
class CallArguments {
 public:
  template <class... A>
  CallArguments(A&&... given)  // NOLINT(google-explicit-constructor)
      : json_(ArgumentWriter<Values>::write(std::forward<A>(given)...)) {}
  std::string take() && { return std::move(json_); }

 private:
  std::string json_;
};

// The items of map, starmap and chunks: what the function takes, alone or as a tuple.
template <class... V>
std::tuple<V...> tuple_of(TypeList<V...>);
template <class V>
V only_of(TypeList<V>);

}  // namespace detail

/// A declared task; made by shared_task. The object must live as long as the program: a namespace's
/// constexpr.
template <auto Fn>
class SharedTask {
  using Function = detail::TaskFunction<decltype(Fn)>;
  using Values = typename Function::Values;
  using Arguments = detail::CallArguments<Values>;

 public:
  using result_type = typename Function::Value;

  consteval explicit SharedTask(TaskOptions options) : options_(options) {
    if (options.name.empty()) throw "a task has a name: shared_task<fn>({.name = \"add\"})";
    if (options.parameters.size() != 0 && options.parameters.size() != Values::size)
      throw "parameters names all arguments of the task's function, or none";
  }

  constexpr std::string_view name() const { return options_.name; }
  constexpr const TaskOptions& options() const { return options_; }
  detail::TaskRow row() const {
    if constexpr (std::is_void_v<result_type>) {
      return {&options_, &detail::task_callable_of<Fn>, nullptr};
    } else {
      return {&options_, &detail::task_callable_of<Fn>, &detail::type_of<result_type>};
    }
  }

  /// Sends a call by the current Celery, see Celery::current.
  template <class... A>
  Task<AsyncResult<result_type>> delay(A&&... arguments) const {
    return apply_async(Arguments(std::forward<A>(arguments)...), {});
  }
  /// `add.apply_async({2, 3}, {.countdown = 60})`
  Task<AsyncResult<result_type>> apply_async(Arguments arguments, CallOptions call = {}) const {
    return send(row(), std::move(arguments).take(), std::move(call));
  }

  /// A Signature with these arguments, those at the end may be left to what comes before it.
  template <class... A>
  Signature s(A&&... arguments) const {
    return detail::make_signature(row(), loose(std::forward<A>(arguments)...), false);
  }
  /// An immutable one: it takes no result of another.
  template <class... A>
  Signature si(A&&... arguments) const {
    return detail::make_signature(row(), Arguments(std::forward<A>(arguments)...).take(), true);
  }

  /// One call that runs the task for each item: `add_one.map({1, 2, 3})`.
  template <class V = Values>
  Signature map(std::vector<decltype(detail::only_of(V{}))> items) const {
    return detail::map_of(row(), json(items), "celery.map");
  }
  /// The same for tuples of arguments: `add.starmap({{1, 2}, {3, 4}})`.
  template <class V = Values>
  Signature starmap(std::vector<decltype(detail::tuple_of(V{}))> items) const {
    return detail::map_of(row(), json(items), "celery.starmap");
  }
  /// A group of starmaps of up to `size` items each.
  template <class V = Values>
  Group chunks(std::vector<decltype(detail::tuple_of(V{}))> items, std::size_t size) const {
    return detail::chunks_of(row(), json(items), size);
  }

  /// Sent when the session commits: `session.enqueue(add, 2, 3)`.
  template <class... A>
  void enlist(Session& session, A&&... arguments) const {
    detail::enlist(session, row(), Arguments(std::forward<A>(arguments)...).take());
  }

 private:
  static Task<AsyncResult<result_type>> send(detail::TaskRow row, std::string args,
                                             CallOptions call) {
    auto& celery = detail::current_celery();
    auto id = co_await detail::send(row, std::move(args), std::move(call));
    co_return AsyncResult<result_type>(celery, std::move(id));
  }
  template <class Items>
  static std::string json(const Items& items) {
    return detail::json_of(detail::type_of<Items>(), &items);
  }
  // Of a chain's later tasks the first arguments come from before: those given are any types.
  template <class... A>
  static std::string loose(A&&... arguments) {
    if constexpr (sizeof...(A) == Values::size) {
      return Arguments(std::forward<A>(arguments)...).take();
    } else {
      return Json::array({Json(std::forward<A>(arguments))...}).dump();
    }
  }

  TaskOptions options_;
};

/// Declares a task: a function, a name, options. Stands for @shared_task.
template <auto Fn>
consteval SharedTask<Fn> shared_task(TaskOptions options) {
  static_assert(detail::TaskFunction<decltype(Fn)>::is_function,
                "plinth: in the angle brackets goes the name of a function: shared_task<sum>");
  return SharedTask<Fn>(options);
}

// ---- Inside a task

/// The message that is being worked on. Celery's self.request.
struct TaskRequest {
  std::string id;
  std::string task;
  std::string root_id;
  std::string parent_id;
  std::string group;
  Json args;
  Json kwargs;
  Json headers;  // more than Celery's own
  int retries = 0;
  int deliveries = 1;  // more than 1: a worker died over it
  std::optional<DateTime> eta;
  std::optional<DateTime> expires;
  std::string queue;
  int priority = 0;
  std::string reply_to;
  std::string hostname;  // of the worker
  bool is_eager = false;
};

struct RetryOptions {
  std::optional<double> countdown = {};  // seconds; default: the task's default_retry_delay
  std::optional<DateTime> eta = {};
  std::optional<int> max_retries = {};
  std::exception_ptr exc = {};  // thrown when there are no retries left; default: the one in flight
  std::string queue = {};
};

class Retry : public std::exception {
 public:
  explicit Retry(RetryOptions retry_options) : options(std::move(retry_options)) {}
  const char* what() const noexcept override { return "retry"; }
  RetryOptions options;
};

/// A bound task's `self`; lives as long as the run.
class TaskContext {
 public:
  struct Impl;
  explicit TaskContext(Impl& impl) : impl_(impl) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  const TaskRequest& request() const;
  Celery& app() const;
  /// `throw self.retry({.countdown = 10});`
  Retry retry(RetryOptions options = {}) const;
  /// Tells those who wait: `co_await self.update_state("PROGRESS", {{"done", 3}, {"of", 10}});`
  Task<void> update_state(std::string state, Json meta);

 private:
  Impl& impl_;
};

// ---- The application of tasks

/// Celery's configuration, by its names. Times in seconds.
struct CeleryOptions {
  // redis://…; none: messages and results are kept in the engine's database, and tasks run in the
  // process that serves the application.
  std::optional<std::string> broker_url = {};
  std::optional<std::string> result_backend = {};  // default: broker_url
  std::string task_default_queue = "celery";
  int task_default_priority = 0;
  bool task_acks_late = true;  // Celery's default is false: a killed worker loses what it ran
  bool task_ignore_result = false;
  bool task_track_started = false;
  bool task_send_sent_event = false;
  bool task_always_eager = false;  // delay() runs the task at once; for tests
  double task_time_limit = 0;
  double task_soft_time_limit = 0;
  double result_expires = 86'400;
  int task_max_deliveries = 5;  // then the message is a dead letter

  // Of all who share the queues, Python's workers too: broker_transport_options.
  double visibility_timeout = 3'600;
  // How long a message stays with a worker that has died; renewed while it lives.
  double lease = 10;
  double broker_connection_timeout = 1;     // a publisher waits no longer for Redis, then 503
  std::uint64_t task_queue_max_length = 0;  // publishing to a longer queue is a 503; 0: no limit

  int worker_concurrency = 0;  // tasks at once; 0: 8 a core
  int worker_prefetch_multiplier = 4;
  std::string timezone = "UTC";  // of beat's schedules
};

/// The tasks of an application and where their messages go.
///
/// Safe from any thread once the application has started; tasks are registered before.
class Celery {
 public:
  /// main    the application's name, "app"
  /// throws  std::invalid_argument for a broker_url it does not know; connects at the first use
  explicit Celery(std::string main, CeleryOptions options);
  /// With a database: for the outbox (session.enqueue), idempotent tasks, and as the broker when
  /// there is no other. The engine must outlive it.
  Celery(std::string main, Engine& engine, CeleryOptions options = {});
  Celery(Celery&&) noexcept;
  Celery& operator=(Celery&&) noexcept;
  ~Celery();

  /// A task that this application runs. What it only sends need not be registered.
  template <auto Fn>
  Celery& register_task(const SharedTask<Fn>& task) {
    return add_task(task.row());
  }
  template <class... Tasks>
  Celery& register_tasks(const Tasks&... tasks) {
    (register_task(tasks), ...);
    return *this;
  }
  /// Sent by `app beat` whenever it is due.
  Celery& add_periodic_task(std::string name, Schedule schedule, Signature task);

  /// A task by its name, wherever it is declared. `args` an array, `kwargs` an object.
  Task<AsyncResult<Json>> send_task(std::string name, Json args = Json::array({}),
                                    Json kwargs = Json::object({}), CallOptions call = {});
  AsyncResult<Json> async_result(std::string id) { return {*this, std::move(id)}; }
  /// Tells all workers not to run these; `terminate`: to stop them where they run.
  Task<void> revoke(std::vector<std::string> ids, bool terminate = false);

  const std::string& main() const;
  const CeleryOptions& conf() const;
  /// Without a broker_url: tasks run in the process that serves.
  bool is_embedded() const;

  /// The one of the request or task that this thread works on; outside of these the one that was
  /// made last. Throws std::logic_error when there is none.
  static Celery& current();

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  Celery& add_task(detail::TaskRow row);

  std::unique_ptr<Impl> impl_;
};

/// For the Celery that the app provides: while the app serves, runs its tasks when it is embedded,
/// and moves its outbox to the broker when it is not. Call it once, after app.provide(celery).
void init_celery(App& app);

}  // namespace plinth
