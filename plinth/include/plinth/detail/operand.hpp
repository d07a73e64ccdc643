// What may stand in an expression, as types: the models it speaks of, the values that fit beside
// it. Included by expression.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/statement.hpp"
#include "plinth/model.hpp"

namespace plinth {

namespace detail {

// The models an expression speaks of: a set of types.
template <class List, class... More>
struct Union {
  using type = List;
};
template <class... Have, class First, class... Rest>
struct Union<TypeList<Have...>, First, Rest...> {
  static constexpr bool known = (std::same_as<Have, First> || ...);
  using type =
      typename Union<std::conditional_t<known, TypeList<Have...>, TypeList<Have..., First>>,
                     Rest...>::type;
};
template <class A, class B>
struct UnionOf;
template <class A, class... B>
struct UnionOf<A, TypeList<B...>> : Union<A, B...> {};

template <class Part, class Whole>
inline constexpr bool is_subset = false;
template <class... Part, class... Whole>
inline constexpr bool is_subset<TypeList<Part...>, TypeList<Whole...>> =
    ([]<class One>(TypeList<One>) { return (std::same_as<One, Whole> || ...); }(TypeList<Part>{}) &&
     ...);

template <class T>
struct StripOptional {
  using type = T;
};
template <class T>
struct StripOptional<std::optional<T>> {
  using type = T;
};
template <class T>
using Bare = typename StripOptional<T>::type;

template <bool Nullable, class T>
using MaybeNull = std::conditional_t<Nullable, std::optional<T>, T>;
template <class... T>
inline constexpr bool any_nullable = (is_nullable<T> || ...);

template <class T>
concept Operand = requires(const std::remove_cvref_t<T>& operand) {
  typename std::remove_cvref_t<T>::value_type;
  typename std::remove_cvref_t<T>::models;
  { operand.fragment() } -> std::same_as<db::Fragment>;
};

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;
template <class T>
inline constexpr bool is_text =
    std::same_as<T, std::string> || std::same_as<T, Email> || std::same_as<T, Url>;
// What the engines can put in an order.
template <class T>
inline constexpr bool has_order =
    !std::same_as<T, bool> && !std::same_as<T, Uuid> && !std::same_as<T, Json> && !is_vector<T>;

template <class A, class B>
inline constexpr bool are_comparable =
    std::same_as<A, B> || (is_number<A> && is_number<B>) || (is_text<A> && is_text<B>);

// Of numbers: whole ones give 64 bits, so that their sums need not fit the column.
template <class A, class B>
struct ArithmeticOf {
  static constexpr bool ok = is_number<A> && is_number<B>;
  using type = std::conditional_t<std::is_floating_point_v<A> || std::is_floating_point_v<B>,
                                  double, std::int64_t>;
};
template <>
struct ArithmeticOf<Decimal, Decimal> {
  static constexpr bool ok = true;
  using type = Decimal;
};
template <class B>
struct ArithmeticOf<Decimal, B> {
  static constexpr bool ok = std::is_integral_v<B> && !std::same_as<B, bool>;
  using type = Decimal;
};

// The type of an operand, or of a value that stands beside one.
template <class Right>
struct ValueOf {
  using type = Right;
};
template <Operand Right>
struct ValueOf<Right> {
  using type = typename Right::value_type;
};
template <class Held, auto... R>
struct ValueOf<Column<Held, R...>> {
  using type = Held;
};
template <class Right>
using ValueTypeOf = typename ValueOf<Right>::type;

// PostgreSQL's name of a type that a lone parameter must be told; the driver declares the others.
template <class T>
constexpr std::string_view parameter_type() {
  if constexpr (is_text<T>) {
    return "VARCHAR";
  } else if constexpr (std::same_as<T, Json>) {
    return "JSON";
  } else {
    return {};
  }
}

// Whether a C++ value may stand beside a column of type T, and as what it is sent.
template <class T, class Value>
struct Sent {
  using type = T;
  static constexpr bool ok = std::is_convertible_v<const Value&, T> && !is_number<T> &&
                             !(std::same_as<T, bool> && !std::same_as<Value, bool>);
};
template <class T, class Value>
  requires(is_number<T> && is_number<Value>)
struct Sent<T, Value> {
  using type = Value;  // a number keeps its own width: no silent narrowing
  static constexpr bool ok = std::is_floating_point_v<T> || std::is_integral_v<Value>;
};
template <class T, class Held, auto... R>
  requires(!is_number<T>)
struct Sent<T, Column<Held, R...>> : Sent<T, Held> {};
template <class T, class Held, auto... R>
  requires(is_number<T>)
struct Sent<T, Column<Held, R...>> : Sent<T, Held> {};

template <class Value>
const auto& column_value(const Value& value) {
  return value;
}
template <class Held, auto... R>
const Held& column_value(const Column<Held, R...>& column) {
  return *column;
}

template <class T, class Value>
db::Value sent_value(const Value& value) {
  using As = typename Sent<T, Value>::type;
  if constexpr (std::same_as<As, Value>) {
    return db::encode(type_of<As>(), &value);
  } else {
    const As as(column_value(value));
    return db::encode(type_of<As>(), &as);
  }
}

template <class Right>
struct ModelsOf {
  using type = TypeList<>;
};
template <Operand Right>
struct ModelsOf<Right> {
  using type = typename Right::models;
};

// The right side of an operator: another expression, or a value to bind.
template <class Left, class Right>
db::Fragment operand(const Right& right) {
  using T = Bare<typename Left::value_type>;
  if constexpr (Operand<Right>) {
    using U = Bare<typename Right::value_type>;
    static_assert(are_comparable<T, U>, "plinth: these two expressions have different types");
    return right.fragment();
  } else {
    constexpr bool comparable = Sent<T, Right>::ok;
    static_assert(comparable, "plinth: this value is not of the column's type, nor converts to it");
    if constexpr (comparable) return db::typed_parameter(sent_value<T>(right), {});
  }
}

}  // namespace detail
}  // namespace plinth
