// The table of a task's function: which of its parameters come from the message, which from the
// application. Made out of its C++ signature. Included by tasks.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "plinth/detail/callable.hpp"
#include "plinth/detail/convert.hpp"

namespace plinth {

class TaskContext;
class Session;

namespace detail {

template <class T>
concept DependencyParameter = ParameterClass<T> && T::parameter.source == Source::dependency;

template <class P>
struct TaskArgument {
  using Bare = std::remove_cvref_t<P>;
  static constexpr bool from_caller =
      std::is_same_v<P, TaskContext&> || std::is_same_v<P, Session&>;
  static constexpr bool lent = std::is_lvalue_reference_v<P> && !from_caller &&
                               !ParameterClass<Bare> && !SecurityParameter<Bare>;
  static constexpr bool is_value =
      !std::is_reference_v<P> && !ParameterClass<Bare> && !SecurityParameter<Bare>;
  static constexpr bool understood =
      from_caller || lent || is_value || (DependencyParameter<Bare> && ByValue<P>);
  static_assert(understood,
                "plinth: a task's parameter is a value (an argument of its message), "
                "Depends<function>, const T& of something provided by the app, Session& or "
                "TaskContext&");

  static constexpr Parameter make() {
    if constexpr (from_caller) {
      return {.source = Source::caller, .provided = &type_key<Bare>};
    } else if constexpr (is_value) {
      return {.source = Source::argument, .type = &type_of<Bare>};
    } else if constexpr (lent) {
      return {.source = Source::provided, .provided = &type_key<Bare>};
    } else if constexpr (understood) {
      return Bare::parameter;
    } else {
      return {Source::caller};
    }
  }
  static constexpr Parameter row = make();

  static decltype(auto) pass(void* place) {
    if constexpr (is_value) {
      return std::move(*static_cast<Bare*>(place));
    } else if constexpr (ParameterClass<Bare>) {
      return Bare::from(place);
    } else {
      return static_cast<P>(*static_cast<Bare*>(place));
    }
  }
};

template <class... P>
inline constexpr std::array<Parameter, sizeof...(P)> task_parameters_of{TaskArgument<P>::row...};

template <class List, class... P>
struct ValuesAmong {
  using type = List;
};
template <class... V, class First, class... Rest>
struct ValuesAmong<TypeList<V...>, First, Rest...> {
  using type = typename std::conditional_t<
      TaskArgument<First>::is_value,
      ValuesAmong<TypeList<V..., typename TaskArgument<First>::Bare>, Rest...>,
      ValuesAmong<TypeList<V...>, Rest...>>::type;
};

template <class Function>
struct TaskFunction {
  static constexpr bool is_function = false;
  using Values = TypeList<>;
  using Value = void;
};
template <class R, class... P>
struct TaskFunction<R (*)(P...)> {
  static constexpr bool is_function = true;
  using Values = typename ValuesAmong<TypeList<>, P...>::type;  // the message's arguments
  using Value = std::remove_cvref_t<typename Result<R>::Value>;
  static_assert(Result<R>::way != Way::yield,
                "plinth: a task returns its result; Yield is for dependencies");

  template <auto Fn, std::size_t... I>
  static void call([[maybe_unused]] void** arguments, void* place, std::index_sequence<I...>) {
    put_result<R>([&]() -> R { return Fn(TaskArgument<P>::pass(arguments[I])...); }, place);
  }
  template <auto Fn>
  static constexpr Callable callable() {
    return make_callable<R>(name_of<Fn>, task_parameters_of<P...>,
                            [](const void*, void** arguments, void* place) {
                              call<Fn>(arguments, place, std::index_sequence_for<P...>{});
                            });
  }
};

template <auto Fn>
inline constexpr Callable task_callable_of = TaskFunction<decltype(Fn)>::template callable<Fn>();

// ---- Arguments of a call, on their way into a message.

/// Appends the JSON of one argument to an open array.
void append_argument(std::string& array, const Type& type, const void* value);

template <class T>
inline constexpr bool may_be_left_out =
    is_optional<T> || (Wrapper<T> && std::is_default_constructible_v<T>);

template <class Values>
struct ArgumentWriter;
template <class... V>
struct ArgumentWriter<TypeList<V...>> {
  template <class... A>
  static std::string write(A&&... given) {
    static_assert(sizeof...(A) <= sizeof...(V),
                  "plinth: more arguments than the task's function takes from its message");
    if constexpr (sizeof...(A) <= sizeof...(V)) {
      static_assert(rest_may_be_left_out<sizeof...(A)>(std::index_sequence_for<V...>{}),
                    "plinth: fewer arguments than the task's function requires");
      std::string array = "[";
      append<0>(array, std::forward<A>(given)...);
      array += ']';
      return array;
    }
  }

 private:
  template <std::size_t Given, std::size_t... I>
  static constexpr bool rest_may_be_left_out(std::index_sequence<I...>) {
    return ((I < Given || may_be_left_out<V>) && ...);
  }
  template <std::size_t I>
  static void append(std::string&) {}
  template <std::size_t I, class First, class... Rest>
  static void append(std::string& array, First&& first, Rest&&... rest) {
    using Wanted = typename decltype(element_of<I>(TypeList<V...>{}))::type;
    static_assert(std::is_constructible_v<Wanted, First&&>,
                  "plinth: an argument is not of the type that the task's function takes");
    if constexpr (std::is_constructible_v<Wanted, First&&>) {
      const Wanted value(std::forward<First>(first));
      append_argument(array, type_of<Wanted>(), &value);
    }
    append<I + 1>(array, std::forward<Rest>(rest)...);
  }
};

}  // namespace detail
}  // namespace plinth
