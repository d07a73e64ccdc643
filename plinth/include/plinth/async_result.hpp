// What became of a task that was sent, and of a group of them. Stands for celery.result. Included
// by tasks.hpp.
//
//   auto result = co_await add.delay(2, 3);
//   co_await result.get({.timeout = 10});  // 5, or throws what the task threw
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/json.hpp"
#include "plinth/schema.hpp"
#include "plinth/task.hpp"

namespace plinth {

class Celery;

/// A task failed. Thrown by AsyncResult::get; thrown by a task, it decides what a Python client
/// raises.
struct TaskError : std::runtime_error {
  /// `module` is where a Python client looks for the type; what it does not find, it makes up.
  explicit TaskError(std::string exc_type, std::string message = {},
                     std::string module = "builtins");

  std::string type;    // "ValueError"
  std::string module;  // "builtins"
  Json arguments;      // of the exception: ["bad"]
  std::string traceback = {};
};
/// The task was revoked, or came too late: "revoked", "expired", "terminated".
struct TaskRevokedError : TaskError {
  explicit TaskRevokedError(std::string reason);
};
/// AsyncResult::get waited for longer than its timeout.
struct TimeoutError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct GetOptions {
  std::optional<double> timeout = {};  // seconds; then TimeoutError
  bool propagate = true;               // throw what the task threw
};

namespace detail {

class AnyResult {
 public:
  AnyResult(Celery& celery, std::string id) : celery_(&celery), id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  /// "PENDING", "STARTED", "SUCCESS", "FAILURE", "RETRY", "REVOKED", or the task's own, "PROGRESS".
  Task<std::string> state() const;
  /// What update_state gave, the error {"exc_type": …} or the result.
  Task<Json> info() const;
  /// All that the backend keeps; null while nothing is known.
  Task<Json> meta() const;
  Task<std::string> traceback() const;
  Task<bool> ready() const;
  Task<bool> successful() const;
  Task<bool> failed() const;
  Task<void> forget() const;
  /// Workers will not run it; with `terminate` they stop it if it runs.
  Task<void> revoke(bool terminate = false) const;

 protected:
  /// JSON of the result once it is there.
  Task<std::string> wait(GetOptions options) const;

 private:
  Celery* celery_;
  std::string id_;
};

}  // namespace detail

/// A task that was sent. Must not outlive its Celery.
template <class T>
class AsyncResult : public detail::AnyResult {
 public:
  using detail::AnyResult::AnyResult;

  /// Waits for the result. Throws TaskError, TaskRevokedError, TimeoutError; ValidationError when
  /// the result is no T.
  Task<T> get(GetOptions options = {}) const {
    const std::string json = co_await wait(options);
    if constexpr (!std::is_void_v<T>) {
      T value = detail::blank_value<T>();
      detail::read_json(detail::type_of<T>(), json, &value);
      co_return value;
    }
  }
};

/// The results of a group, in order.
class GroupResult {
 public:
  GroupResult(Celery& celery, std::string id, std::vector<AsyncResult<Json>> results)
      : celery_(&celery), id_(std::move(id)), results_(std::move(results)) {}

  const std::string& id() const { return id_; }
  const std::vector<AsyncResult<Json>>& results() const { return results_; }
  /// All results. Throws the first error.
  Task<std::vector<Json>> get(GetOptions options = {}) const;
  Task<std::size_t> completed_count() const;
  Task<bool> ready() const;
  /// Keeps the list of its tasks under its id, for GroupResult.restore.
  Task<void> save() const;
  static Task<std::optional<GroupResult>> restore(Celery& celery, std::string id);
  Task<void> forget() const;
  Task<void> revoke(bool terminate = false) const;

 private:
  Celery* celery_;
  std::string id_;
  std::vector<AsyncResult<Json>> results_;
};

}  // namespace plinth
