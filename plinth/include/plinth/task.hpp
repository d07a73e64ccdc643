// Coroutines: Task<T> is a value to come, Yield<T> a value lent until its user is done. Stands for
// asyncio. Example: plinth/examples/06_tasks.cpp
//
// A Task starts when it is awaited and runs on the event loop of the thread that awaits it; it
// never moves between threads. Destroying a Task that waits cancels it: its frame and all frames it
// awaits are destroyed.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace plinth {

template <class T = void>
class Task;

namespace base {
class WorkerPool;
}

namespace detail {

// Frames of coroutines, recycled per thread by size class.
void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

struct PromiseBase {
  std::coroutine_handle<> continuation;

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct Resume {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) noexcept {
        if (continuation) continuation.resume();
      }
      void await_resume() noexcept {}
      std::coroutine_handle<> continuation;
    };
    return Resume{continuation};
  }
};

// Of a coroutine that lends a value, whatever its type.
struct LendingPromise : PromiseBase {
  void* value = nullptr;      // lent; null while it runs
  std::exception_ptr error;   // thrown by the coroutine
  std::exception_ptr thrown;  // to be thrown into it
};

template <class T>
struct Promise : PromiseBase {
  std::variant<std::monostate, T, std::exception_ptr> outcome;

  Task<T> get_return_object();
  template <class Value = T>
    requires std::constructible_from<T, Value&&>
  void return_value(Value&& value) {
    outcome.template emplace<1>(std::forward<Value>(value));
  }
  void unhandled_exception() { outcome.template emplace<2>(std::current_exception()); }
  T take() {
    if (auto* error = std::get_if<2>(&outcome)) std::rethrow_exception(std::move(*error));
    return std::move(std::get<1>(outcome));
  }
};

template <>
struct Promise<void> : PromiseBase {
  std::exception_ptr error;

  Task<void> get_return_object();
  void return_void() noexcept {}
  void unhandled_exception() { error = std::current_exception(); }
  void take() {
    if (error) std::rethrow_exception(std::move(error));
  }
};

}  // namespace detail

/// A coroutine that ends with a T or an exception. Move-only; awaited once.
template <class T>
class [[nodiscard("a Task does nothing until it is awaited")]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using value_type = T;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_.done(); }

  /// Runs until the first wait. Only for code that owns the loop; others co_await, and never a
  /// started one.
  void start() { handle_.resume(); }
  /// Gives the frame away; its owner destroys it.
  Handle release() { return std::exchange(handle_, {}); }
  /// Resumes `waiter` at the end of a Task that was started and waits.
  void resume_at_end(std::coroutine_handle<> waiter) { handle_.promise().continuation = waiter; }
  /// The result of a finished Task; throws what it threw.
  T take() { return handle_.promise().take(); }

  auto operator co_await() & = delete;
  auto operator co_await() && noexcept {
    // The awaiter owns the child: a destroyed parent always takes it along.
    struct Awaiter {
      Handle handle;
      explicit Awaiter(Handle child) noexcept : handle(child) {}
      Awaiter(const Awaiter&) = delete;
      Awaiter& operator=(const Awaiter&) = delete;
      ~Awaiter() { handle.destroy(); }
      bool await_ready() noexcept { return false; }
      // The child runs inside: no symmetric transfer, so that a loop of ready awaits does not grow
      // the stack.
      bool await_suspend(std::coroutine_handle<> parent) noexcept {
        handle.resume();
        if (handle.done()) return false;
        handle.promise().continuation = parent;
        return true;
      }
      T await_resume() { return handle.promise().take(); }
    };
    return Awaiter(std::exchange(handle_, {}));
  }

 private:
  Handle handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// A dependency that lends a value and cleans up after its user: `co_yield value;` once, then the
/// rest runs when the handler is done and before the response is sent. If the handler threw,
/// `co_yield` throws that exception. Stands for FastAPI's dependencies with yield.
template <class T>
class [[nodiscard]] Yield {
 public:
  struct promise_type : detail::LendingPromise {
    std::optional<T> owned;

    Yield get_return_object() { return Yield(Handle::from_promise(*this)); }
    auto lend(T* address) noexcept {
      value = address;
      struct Lent {
        promise_type& promise;
        bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) noexcept {
          if (auto waiting = std::exchange(promise.continuation, {})) waiting.resume();
        }
        void await_resume() {
          if (promise.thrown) std::rethrow_exception(std::exchange(promise.thrown, {}));
        }
      };
      return Lent{*this};
    }
    auto yield_value(T& lent) noexcept { return lend(std::addressof(lent)); }
    auto yield_value(T&& lent) { return lend(std::addressof(owned.emplace(std::move(lent)))); }
    void return_void() noexcept {}
    void unhandled_exception() { error = std::current_exception(); }
  };
  using value_type = T;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Yield(Handle handle) : handle_(handle) {}
  Yield(Yield&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Yield& operator=(Yield&&) = delete;
  ~Yield() {
    if (handle_) handle_.destroy();
  }

  /// Gives the frame away; its owner destroys it.
  Handle release() { return std::exchange(handle_, {}); }
  /// Runs to the co_yield; the value stays valid until exit() or destruction. Throws
  /// std::logic_error if none came.
  Task<T*> enter() {
    co_await Step{handle_};
    raise();
    if (!handle_.promise().value) throw std::logic_error("a Yield ended without co_yield");
    co_return static_cast<T*>(handle_.promise().value);
  }
  /// Runs the rest; `thrown` (may be null) is thrown at the co_yield. Throws what the coroutine
  /// throws.
  Task<void> exit(std::exception_ptr thrown) {
    handle_.promise().thrown = std::move(thrown);
    co_await Step{handle_};
    raise();
    if (!handle_.done()) throw std::logic_error("a Yield may co_yield only once");
  }

 private:
  struct Step {
    Handle handle;
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) noexcept {
      handle.promise().value = nullptr;
      handle.promise().continuation = {};
      handle.resume();
      if (handle.done() || handle.promise().value) return false;
      handle.promise().continuation = parent;
      return true;
    }
    void await_resume() noexcept {}
  };
  void raise() {
    if (handle_.promise().error) std::rethrow_exception(std::exchange(handle_.promise().error, {}));
  }

  Handle handle_;
};

namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;
template <class T>
inline constexpr bool is_yield = false;
template <class T>
inline constexpr bool is_yield<Yield<T>> = true;

// One closure for another thread and the way back; see in_thread. The job outlives a cancelled
// waiter.
struct ThreadJob {
  virtual ~ThreadJob() = default;
  virtual void run() noexcept = 0;  // on the worker
};
struct InThread {
  struct Link;
  std::shared_ptr<ThreadJob> job;
  base::WorkerPool* pool;  // null: the shared one
  std::shared_ptr<Link> link;
  InThread(std::shared_ptr<ThreadJob> closure, base::WorkerPool* workers)
      : job(std::move(closure)), pool(workers) {}
  InThread(const InThread&) = delete;
  InThread& operator=(const InThread&) = delete;
  ~InThread();
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter);
  void await_resume() noexcept {}
};

template <class Function>
struct ThreadCall final : ThreadJob {
  using Result = std::invoke_result_t<Function&>;
  using Stored = std::conditional_t<std::is_void_v<Result>, std::monostate, Result>;
  Function function;
  std::optional<Stored> result;
  std::exception_ptr error;
  explicit ThreadCall(Function&& f) : function(std::move(f)) {}
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        function();
        result.emplace();
      } else {
        result.emplace(function());
      }
    } catch (...) {
      error = std::current_exception();
    }
  }
};

template <class Function>
Task<std::invoke_result_t<Function&>> run_on(base::WorkerPool* pool, Function function) {
  auto call = std::make_shared<ThreadCall<Function>>(std::move(function));
  InThread wait(call, pool);
  co_await wait;
  if (call->error) std::rethrow_exception(std::move(call->error));
  if constexpr (!std::is_void_v<std::invoke_result_t<Function&>>)
    co_return std::move(*call->result);
}

// Runs a loop on this thread until the task is done.
void run_until_done(Task<void>& task);

}  // namespace detail

/// Runs `function` on the shared worker threads and resumes here with its result; for whatever
/// takes longer than about 100 us or blocks. Stands for asyncio.to_thread. The function must own
/// what it uses: a cancelled waiter does not stop it. Throws what the function throws, HttpError
/// 503 when the queue of waiting functions is full.
template <class Function>
Task<std::invoke_result_t<Function&>> in_thread(Function function) {
  return detail::run_on(nullptr, std::move(function));
}

/// Resumes after `milliseconds` on this thread's loop. Stands for asyncio.sleep.
Task<void> sleep_for(long long milliseconds);

/// Runs a Task to its end on an event loop of this thread. Stands for asyncio.run. For main and
/// tests.
template <class T>
T run(Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    detail::run_until_done(task);
    task.take();
  } else {
    std::optional<T> result;
    auto wrapped = [](Task<T> inner, std::optional<T>& out) -> Task<void> {
      out.emplace(co_await std::move(inner));
    };
    Task<void> outer = wrapped(std::move(task), result);
    detail::run_until_done(outer);
    outer.take();
    return std::move(*result);
  }
}

}  // namespace plinth
