// Blank values: objects of any type of a schema, made to be filled by an engine.
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "plinth/detail/reflect.hpp"

namespace plinth::detail {

struct Blank {};  // asks a constructor for such a value

template <class T>
struct FirstAlternative {
  static constexpr bool present = false;
};
template <class First, class... Rest>
struct FirstAlternative<std::variant<First, Rest...>> {
  static constexpr bool present = true;
  using type = First;
};

// An optional or a variant of such a T could be made from a Blank too, but would hold one then.
template <class T>
concept TakesBlank = std::is_constructible_v<T, Blank> && !requires(T value) { value.reset(); } &&
                     !requires(T value) { value.valueless_by_exception(); };

template <class T>
T blank_value();

template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <class T, std::size_t... I>
void make_blank_tuple(void* place, std::index_sequence<I...>) {
  new (place) T(blank_value<std::tuple_element_t<I, T>>()...);
}

// Instantiated for each T that is no other type of a schema.
template <class T>
struct MustBeSchema {
  static_assert(Reflectable<T>,
                "plinth: a schema's members are bool, numbers, std::string, Email, Url, Secret, "
                "Bytes, DateTime, Date, Time, Duration, Uuid, Decimal, Json, enums, optional, "
                "vector, set, map, tuple, variant, aggregates, or Fields of these");
};

/// Constructs at `place` a T that the engine will fill; required members need not be
/// default-constructible.
template <class T>
void make_blank(void* place) {
  if constexpr (TakesBlank<T>) {
    new (place) T(Blank{});
  } else if constexpr (std::is_default_constructible_v<T>) {
    new (place) T();
  } else if constexpr (std::is_constructible_v<T, std::string>) {
    new (place) T(std::string());
  } else if constexpr (FirstAlternative<T>::present) {
    new (place) T(std::in_place_index<0>, blank_value<typename FirstAlternative<T>::type>());
  } else if constexpr (TupleLike<T>) {
    make_blank_tuple<T>(place, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (!Reflectable<T>) {
    MustBeSchema<T>{};
  } else {
    visit_members(*static_cast<T*>(place), [](auto&... member) {
      (make_blank<std::remove_cvref_t<decltype(member)>>(&member), ...);
    });
  }
}

template <class T>
T blank_value() {
  alignas(T) std::byte place[sizeof(T)];
  make_blank<T>(place);
  T* made = std::launder(reinterpret_cast<T*>(place));
  T value = std::move(*made);
  made->~T();
  return value;
}

template <class T>
void destroy(void* place) {
  static_cast<T*>(place)->~T();
}

}  // namespace plinth::detail
