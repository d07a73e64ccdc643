// The table of a handler or a dependency: what the compiled engine (src/routing) knows of a
// function. Headers make these tables out of signatures; a function costs one small thunk.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/detail/reflect.hpp"
#include "plinth/detail/security_scheme.hpp"
#include "plinth/detail/type.hpp"
#include "plinth/http.hpp"
#include "plinth/schema.hpp"
#include "plinth/task.hpp"

namespace plinth {

struct SecurityScopes;

namespace detail {

// Where an argument comes from.
enum class Source : std::uint8_t {
  body,          // JSON
  form,          // application/x-www-form-urlencoded or multipart/form-data
  body_or_form,  // a whole one, as the content type says
  path,
  query,
  header,
  cookie,
  dependency,
  security,    // a scheme of security.hpp
  scopes,      // SecurityScopes
  provided,    // App::provide
  request,     // const Request&
  response,    // Response&: its status and headers go into the answer
  background,  // BackgroundTasks&
};

struct Callable;

// Tells types apart at run time; its address is the key.
struct TypeKey {
  std::string_view name;
};
template <class T>
inline constexpr TypeKey type_key{type_name<T>()};

struct Parameter {
  Source source;
  bool model = false;          // query, header, cookie, form: the members of `type` are the names
  bool each = false;           // of a model: every member is a parameter on its own
  bool use_cache = true;       // dependency
  bool optional = false;       // security: std::optional<Scheme>
  std::string_view name = {};  // on the wire; "" for a whole body and for a model
  TypeFn type = nullptr;       // of a value read from the request: the argument is one of these
  const Callable* dependency = nullptr;
  std::span<const std::string_view> scopes = {};  // Security<…>
  const SecurityScheme* scheme = nullptr;
  const TypeKey* provided = nullptr;
};

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

// ---- Parameters: a row of the table, and the way from an address to the argument.

template <class T>
inline constexpr bool is_optional_scheme = false;
template <SecurityParameter T>
inline constexpr bool is_optional_scheme<std::optional<T>> = true;

// What may stand by value for the whole JSON body.
template <class T>
inline constexpr bool is_body_shape = Reflectable<T> && !SecurityParameter<T>;
template <>
inline constexpr bool is_body_shape<Json> = true;
template <class T>
inline constexpr bool is_body_shape<std::vector<T>> = true;
template <class T>
inline constexpr bool is_body_shape<std::set<T>> = true;
template <class K, class T>
inline constexpr bool is_body_shape<std::map<K, T>> = true;
template <class... T>
inline constexpr bool is_body_shape<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_body_shape<std::optional<T>> = is_body_shape<T>;
template <class T, auto... R>
inline constexpr bool is_body_shape<Field<T, R...>> = is_body_shape<T>;

// Path, Query, Depends and their like bring their own row.
template <class T>
concept ParameterClass = requires {
  { T::parameter } -> std::convertible_to<const Parameter&>;
};

template <class P>
concept ByValue = !std::is_reference_v<P> ||
                  (std::is_lvalue_reference_v<P> && std::is_const_v<std::remove_reference_t<P>>);

template <class P>
struct Argument {
  using Bare = std::remove_cvref_t<P>;
  static constexpr bool by_value = !std::is_reference_v<P>;
  static constexpr bool lent = std::is_lvalue_reference_v<P> && !ParameterClass<Bare> &&
                               !SecurityParameter<Bare> && !is_optional_scheme<Bare>;
  static constexpr bool copied_message =
      by_value && (std::is_same_v<Bare, Request> || std::is_same_v<Bare, Response> ||
                   std::is_same_v<Bare, BackgroundTasks>);
  static_assert(!copied_message,
                "plinth: take them by reference: const Request&, Response&, BackgroundTasks&");
  static constexpr bool understood =
      copied_message ||
      (ByValue<P> && (ParameterClass<Bare> || SecurityParameter<Bare> || is_optional_scheme<Bare> ||
                      std::is_same_v<Bare, SecurityScopes>)) ||
      lent || (by_value && is_body_shape<Bare>);
  static_assert(
      understood,
      "plinth: this parameter has no known source; write an aggregate by value (the JSON body), "
      "Path<\"id\", T>, Query<\"q\", T>, Header<\"x-name\", T>, Cookie<\"c\", T>, Form<\"f\", T>, "
      "Body<\"b\", T>, Depends<function>, a security scheme, const T& of something provided by the "
      "app, const Request&, Response& or BackgroundTasks&");

  static constexpr Parameter make() {
    if constexpr (!understood) {
      return {Source::request};
    } else if constexpr (ParameterClass<Bare>) {
      return Bare::parameter;
    } else if constexpr (SecurityParameter<Bare>) {
      return {.source = Source::security, .scheme = &security_scheme_of<Bare>};
    } else if constexpr (is_optional_scheme<Bare>) {
      return {.source = Source::security,
              .optional = true,
              .scheme = &security_scheme_of<typename Bare::value_type>};
    } else if constexpr (std::is_same_v<Bare, SecurityScopes>) {
      return {Source::scopes};
    } else if constexpr (std::is_same_v<Bare, Request>) {
      return {Source::request};
    } else if constexpr (std::is_same_v<Bare, Response>) {
      return {Source::response};
    } else if constexpr (std::is_same_v<Bare, BackgroundTasks>) {
      return {Source::background};
    } else if constexpr (lent) {
      return {.source = Source::provided, .provided = &type_key<Bare>};
    } else {
      return {.source = Source::body, .type = &type_of<Bare>};
    }
  }
  static constexpr Parameter row = make();

  static decltype(auto) pass(void* place) {
    if constexpr (ParameterClass<Bare>) {
      return Bare::from(place);
    } else if constexpr (is_optional_scheme<Bare>) {
      return place ? Bare(std::move(*static_cast<typename Bare::value_type*>(place))) : Bare();
    } else if constexpr (std::is_same_v<Bare, SecurityScopes>) {
      return static_cast<const Bare&>(*static_cast<Bare*>(place));
    } else if constexpr (lent) {
      return static_cast<P>(*static_cast<Bare*>(place));
    } else {
      return std::move(*static_cast<Bare*>(place));
    }
  }
};

template <class... P>
inline constexpr std::array<Parameter, sizeof...(P)> parameters_of{Argument<P>::row...};

// Two unnamed bodies would need names that C++ does not tell.
template <class... P>
constexpr bool has_one_whole_body() {
  int count = 0;
  for (const Parameter& row : parameters_of<P...>) {
    count += row.source == Source::body && row.name.empty();
  }
  return count <= 1;
}

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

template <class R, class... P>
constexpr Callable make_callable(std::string_view name, void (*call)(const void*, void**, void*)) {
  using Value = typename Result<R>::Value;
  using Kept = typename Stored<Value>::type;
  static_assert(!std::is_reference_v<Value> || std::is_lvalue_reference_v<Value>,
                "plinth: a handler or dependency does not return an rvalue reference");
  static_assert(has_one_whole_body<P...>(),
                "plinth: two JSON bodies need names; write Body<\"user\", User>, Body<\"item\", "
                "Item>");
  Callable made{.name = name,
                .parameters = parameters_of<P...>,
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
    return make_callable<R, P...>(name_of<Fn>, [](const void*, void** arguments, void* place) {
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
    return make_callable<R, P...>("override", [](const void* state, void** arguments, void* place) {
      call(*static_cast<const Closure*>(state), arguments, place, std::index_sequence_for<P...>{});
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

}  // namespace detail
}  // namespace plinth
