// For whom a thread works just now, so that log lines can tell. The context follows a coroutine
// over its waits: what suspends a coroutine for the loop (Arrival, in_thread) keeps the context and
// sets it again while it resumes; everything between waits runs on one stack.
#pragma once

#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>

#include "plinth/task.hpp"

namespace plinth {

struct Request;

namespace db {
struct CommitHook;
}

namespace base {

struct Trail;

struct Context {
  const std::string* request_id = nullptr;  // of a request
  const void* celery = nullptr;      // a Celery::Impl: who sends the tasks that are called here
  const void* task = nullptr;        // a tasks::Parent: what they are children of
  const Request* request = nullptr;  // what is answered; null in a task
  // Of a request: when it arrived, by monotonic_ms(), and how long its handler may take from then
  // on where its route does not say; 0: nobody knows, for ever.
  std::int64_t arrived_ms = 0;
  std::int64_t handler_ms_max = 0;
  const db::CommitHook* commit_hook = nullptr;
  Trail* trail = nullptr;  // of the request or the task, see base/trace.hpp; it changes as they run
  const std::string* task_id = nullptr;  // of a task, and what its function is called
  const std::string* task_name = nullptr;
};

/// Null outside of any.
inline constinit thread_local const Context* current_context = nullptr;

/// Sets the context as long as it lives.
class ContextScope {
 public:
  explicit ContextScope(const Context* context)
      : previous_(std::exchange(current_context, context)) {}
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope() { current_context = previous_; }

 private:
  const Context* previous_;
};

template <class T>
struct InContext {
  using Awaiter = decltype(std::declval<Task<T>>().operator co_await());

  InContext(const Context& inner, Task<T> task)
      : context(inner), awaiter(std::move(task).operator co_await()) {}

  bool await_ready() noexcept { return awaiter.await_ready(); }
  bool await_suspend(std::coroutine_handle<> parent) noexcept {
    outer = current_context;
    const ContextScope scope(&context);
    return awaiter.await_suspend(parent);
  }
  T await_resume() {
    current_context = outer;
    return awaiter.await_resume();
  }

  Context context;
  const Context* outer = nullptr;
  Awaiter awaiter;
};

/// `co_await in_context({&request.request_id}, handle(request))`: runs the task, and all that it
/// awaits, with that context.
template <class T>
InContext<T> in_context(const Context& context, Task<T> task) {
  return InContext<T>(context, std::move(task));
}

}  // namespace base
}  // namespace plinth
