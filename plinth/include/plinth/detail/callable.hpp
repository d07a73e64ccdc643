// The table of a handler or a dependency: what the compiled engine (src/routing) knows of a
// function. Headers make these tables out of signatures; a function costs one small thunk.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "plinth/detail/parameter.hpp"
#include "plinth/task.hpp"

namespace plinth::detail {

// A started coroutine of any type; owns its frame.
class Coroutine {
 public:
  Coroutine() = default;
  Coroutine(std::coroutine_handle<> handle, PromiseBase* promise)
      : handle_(handle), promise_(promise) {}
  Coroutine(Coroutine&& other) noexcept
      : handle_(std::exchange(other.handle_, {})), promise_(other.promise_) {}
  Coroutine& operator=(Coroutine&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(promise_, other.promise_);
    return *this;
  }
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }

  std::coroutine_handle<> handle() const { return handle_; }
  PromiseBase* promise() const { return promise_; }
  /// Of a Yield.
  LendingPromise& lending() const { return *static_cast<LendingPromise*>(promise_); }

 private:
  std::coroutine_handle<> handle_;
  PromiseBase* promise_ = nullptr;
};

// How a function runs.
enum class Way : std::uint8_t {
  plain,  // call() makes the result
  task,   // call() makes the Coroutine of a Task; take() makes the result when it is done
  yield,  // call() makes the Coroutine of a Yield, which lends the result
};

struct Callable {
  std::string_view name;
  std::span<const Parameter> parameters;
  Way way;
  // The result, as it is kept for the request. A function that returns a reference gives a pointer.
  const TypeKey* value;
  bool reference;
  std::size_t size;
  std::size_t align;
  void (*destroy)(void*);
  // arguments: one address a parameter. An optional scheme without credentials is null.
  void (*call)(const void* state, void** arguments, void* place);
  void (*take)(const Coroutine& done, void* place);  // of a task; throws what it threw
  const void* state = nullptr;                       // of a closure
};

// ---- Results.

template <class R>
struct Result {  // a plain function
  using Value = R;
  static constexpr Way way = Way::plain;
};
template <class T>
struct Result<Task<T>> {
  using Value = T;
  static constexpr Way way = Way::task;
};
template <class T>
struct Result<Yield<T>> {
  using Value = T;
  static constexpr Way way = Way::yield;
};

template <class T>
struct Stored {  // how a T is kept for the request
  using type = T;
};
template <class T>
struct Stored<T&> {
  using type = std::remove_const_t<T>*;
};
template <>
struct Stored<void> {
  using type = std::monostate;
};

template <class T>
void take_task(const Coroutine& done, void* place) {
  auto& promise = *static_cast<Promise<T>*>(done.promise());
  if constexpr (std::is_void_v<T>) {
    promise.take();
  } else {
    new (place) T(promise.take());
  }
}

// Runs `function` and puts at `place` what Callable::call promises.
template <class R, class Function>
void put_result(Function&& function, void* place) {
  constexpr Way way = Result<R>::way;
  if constexpr (way != Way::plain) {
    auto handle = function().release();
    new (place) Coroutine(handle, &handle.promise());
  } else if constexpr (std::is_void_v<R>) {
    function();
  } else if constexpr (std::is_reference_v<R>) {
    new (place)
        typename Stored<R>::type(const_cast<typename Stored<R>::type>(std::addressof(function())));
  } else {
    new (place) R(function());
  }
}

template <class R>
constexpr Callable make_callable(std::string_view name, std::span<const Parameter> parameters,
                                 void (*call)(const void*, void**, void*)) {
  using Value = typename Result<R>::Value;
  using Kept = typename Stored<Value>::type;
  static_assert(!std::is_reference_v<Value> || std::is_lvalue_reference_v<Value>,
                "plinth: a handler or dependency does not return an rvalue reference");
  Callable made{.name = name,
                .parameters = parameters,
                .way = Result<R>::way,
                .value = &type_key<std::remove_cvref_t<Value>>,
                .reference = std::is_reference_v<Value>,
                .size = sizeof(Kept),
                .align = alignof(Kept),
                .destroy = [](void* value) { std::destroy_at(static_cast<Kept*>(value)); },
                .call = call,
                .take = nullptr};
  if constexpr (Result<R>::way == Way::task) made.take = &take_task<Value>;
  return made;
}

// ---- Functions.

template <class... P>
constexpr std::span<const Parameter> checked_parameters() {
  static_assert(has_one_whole_body<P...>(),
                "plinth: two JSON bodies need names; write Body<\"user\", User>, Body<\"item\", "
                "Item>");
  return parameters_of<P...>;
}

template <class Function>
struct Signature {
  static constexpr bool is_function = false;
};
template <class R, class... P>
struct Signature<R (*)(P...)> {
  static constexpr bool is_function = true;
  using Returned = R;

  template <auto Fn, std::size_t... I>
  static void call([[maybe_unused]] void** arguments, void* place, std::index_sequence<I...>) {
    put_result<R>([&]() -> R { return Fn(Argument<P>::pass(arguments[I])...); }, place);
  }
  template <auto Fn>
  static constexpr Callable callable() {
    return make_callable<R>(name_of<Fn>, checked_parameters<P...>(),
                            [](const void*, void** arguments, void* place) {
                              call<Fn>(arguments, place, std::index_sequence_for<P...>{});
                            });
  }
};
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> : Signature<R (*)(P...)> {};

template <class Function>
concept PlainFunction = Signature<std::remove_cvref_t<Function>>::is_function;

/// The table of a function; its address is the function's key for caching and overriding.
template <auto Fn>
inline constexpr Callable callable_of = [] {
  static_assert(PlainFunction<decltype(Fn)>,
                "plinth: in the angle brackets goes the name of a function: app.get<health>(…), "
                "Depends<get_session>");
  if constexpr (PlainFunction<decltype(Fn)>) {
    return Signature<decltype(Fn)>::template callable<Fn>();
  } else {
    return Callable{};
  }
}();

/// What a Depends on that function lends.
template <auto Fn>
struct DependencyValue {
  using type = void;
};
template <auto Fn>
  requires PlainFunction<decltype(Fn)>
struct DependencyValue<Fn> {
  using type =
      std::remove_cvref_t<typename Result<typename Signature<decltype(Fn)>::Returned>::Value>;
};

// ---- Closures, for overrides. Their captures live with the app.

template <class Closure, class Call>
struct ClosureSignature;
template <class Closure, class R, class... P>
struct ClosureSignature<Closure, R (Closure::*)(P...) const> {
  using Returned = R;

  template <std::size_t... I>
  static void call(const Closure& closure, [[maybe_unused]] void** arguments, void* place,
                   std::index_sequence<I...>) {
    put_result<R>([&]() -> R { return closure(Argument<P>::pass(arguments[I])...); }, place);
  }
  static constexpr Callable callable() {
    return make_callable<R>("override", checked_parameters<P...>(),
                            [](const void* state, void** arguments, void* place) {
                              call(*static_cast<const Closure*>(state), arguments, place,
                                   std::index_sequence_for<P...>{});
                            });
  }
};

// A plain function given as a value.
template <class R, class... P>
struct FunctionClosure {
  R (*function)(P...);
  R operator()(P... arguments) const { return function(std::forward<P>(arguments)...); }
};
template <class Closure>
Closure as_closure(Closure closure) {
  return closure;
}
template <class R, class... P>
FunctionClosure<R, P...> as_closure(R (*function)(P...)) {
  return {function};
}

// ---- Endpoints: handlers with what they answer.

struct Endpoint {
  const Callable* callable = nullptr;
  TypeFn result = nullptr;  // null: a Response
};

template <auto Fn>
constexpr Endpoint make_endpoint() {
  if constexpr (PlainFunction<decltype(Fn)>) {
    using Returned = typename Signature<decltype(Fn)>::Returned;
    using Value = std::remove_cvref_t<typename Result<Returned>::Value>;
    static_assert(Result<Returned>::way != Way::yield,
                  "plinth: a handler returns its answer; Yield is for dependencies");
    if constexpr (std::is_same_v<Value, Response>) {
      return {&callable_of<Fn>, nullptr};
    } else {
      return {&callable_of<Fn>, &type_of<Value>};
    }
  } else {
    return {&callable_of<Fn>, nullptr};
  }
}

template <auto Fn>
inline constexpr Endpoint endpoint_of = make_endpoint<Fn>();

}  // namespace plinth::detail
