// Typed SQL expressions. The types are checked here and forgotten at once: what remains is a
// db::Fragment.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

template <class T>
concept Operand = requires(const std::remove_cvref_t<T>& operand) {
  typename std::remove_cvref_t<T>::value_type;
  typename std::remove_cvref_t<T>::models;
  { operand.fragment() } -> std::same_as<db::Fragment>;
};

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

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
    constexpr bool comparable = std::same_as<T, U> || (is_number<T> && is_number<U>);
    static_assert(comparable, "plinth: these two expressions have different types");
    return right.fragment();
  } else {
    constexpr bool comparable = Sent<T, Right>::ok;
    static_assert(comparable, "plinth: this value is not of the column's type, nor converts to it");
    if constexpr (comparable) return db::parameter_fragment(sent_value<T>(right));
  }
}

}  // namespace detail

template <class T, class Models>
class Expression;

namespace detail {

template <class T, class Left, class Right>
auto combine(const Left& left, std::string_view op, const Right& right) {
  using Models = typename UnionOf<typename Left::models, typename ModelsOf<Right>::type>::type;
  return Expression<T, Models>(db::joined(left.fragment(), op, operand<Left>(right)));
}
template <class T, class Left, class Right>
auto enclosed(const Left& left, std::string_view op, const Right& right) {
  auto made = combine<T>(left, op, right);
  return decltype(made)(db::wrapped("(", made.fragment(), ")"));
}

struct Ordering {
  db::Fragment sql;
};
template <class Models>
struct OrderBy : Ordering {
  using models = Models;
};

// What every expression can do; `Self` is Expression or ColumnRef.
template <class Self>
class Operators {
 public:
  auto is_null() const { return test(" IS NULL"); }
  auto is_not_null() const { return test(" IS NOT NULL"); }
  auto asc() const { return ordered(""); }
  auto desc() const { return ordered(" DESC"); }

  /// One of these values; of an empty list, false.
  template <class Value>
  auto in(const std::vector<Value>& values) const {
    return among(" IN (", values, "1 = 0");
  }
  template <class Value>
  auto in(std::initializer_list<Value> values) const {
    return in(std::vector<Value>(values));
  }
  template <class Value>
  auto not_in(const std::vector<Value>& values) const {
    return among(" NOT IN (", values, "1 = 1");
  }
  template <class Low, class High>
  auto between(const Low& low, const High& high) const {
    return (self() >= low) && (self() <= high);
  }

  /// '%' any text, '_' any character; letter case matters on every engine.
  auto like(std::string_view pattern) const { return matches(" LIKE ", pattern); }
  /// Letter case does not matter.
  auto ilike(std::string_view pattern) const {
    auto low = db::wrapped("lower(", self().fragment(), ")");
    auto of = db::wrapped("lower(", text_parameter(pattern), ")");
    return predicate(db::joined(std::move(low), " LIKE ", std::move(of)));
  }
  auto startswith(std::string_view text) const { return literally(db::escape_like(text) + "%"); }
  auto endswith(std::string_view text) const { return literally("%" + db::escape_like(text)); }
  auto contains(std::string_view text) const {
    return literally("%" + db::escape_like(text) + "%");
  }

  template <class Right>
  friend auto operator==(const Self& left, const Right& right) {
    return combine<bool>(left, " = ", right);
  }
  template <class Right>
  friend auto operator!=(const Self& left, const Right& right) {
    return combine<bool>(left, " != ", right);
  }
  template <class Right>
  friend auto operator<(const Self& left, const Right& right) {
    return combine<bool>(left, " < ", right);
  }
  template <class Right>
  friend auto operator<=(const Self& left, const Right& right) {
    return combine<bool>(left, " <= ", right);
  }
  template <class Right>
  friend auto operator>(const Self& left, const Right& right) {
    return combine<bool>(left, " > ", right);
  }
  template <class Right>
  friend auto operator>=(const Self& left, const Right& right) {
    return combine<bool>(left, " >= ", right);
  }
  friend auto operator==(const Self& left, std::nullopt_t) { return left.is_null(); }
  friend auto operator!=(const Self& left, std::nullopt_t) { return left.is_not_null(); }

  template <class Right>
  friend auto operator+(const Self& left, const Right& right) {
    return number(left, " + ", right);
  }
  template <class Right>
  friend auto operator-(const Self& left, const Right& right) {
    return number(left, " - ", right);
  }
  template <class Right>
  friend auto operator*(const Self& left, const Right& right) {
    return number(left, " * ", right);
  }

  template <Operand Right>
  friend auto operator&&(const Self& left, const Right& right) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: && stands between conditions");
    return enclosed<bool>(left, " AND ", right);
  }
  template <Operand Right>
  friend auto operator||(const Self& left, const Right& right) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: || stands between conditions");
    return enclosed<bool>(left, " OR ", right);
  }
  friend auto operator!(const Self& of) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: ! stands before a condition");
    return of.predicate(db::wrapped("NOT (", of.fragment(), ")"));
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
  static auto predicate(db::Fragment sql) {
    return Expression<bool, typename Self::models>(std::move(sql));
  }
  auto test(std::string_view what) const {
    return predicate(db::wrapped("", self().fragment(), what));
  }
  auto ordered(std::string_view direction) const {
    return OrderBy<typename Self::models>{{db::wrapped("", self().fragment(), direction)}};
  }
  template <class Value>
  auto among(std::string_view op, const std::vector<Value>& values, std::string_view none) const {
    if (values.empty()) return predicate(db::text_fragment(none));
    db::Fragment list;
    for (const auto& value : values) db::append(list, ", ", operand<Self>(value));
    return predicate(db::wrapped("", db::joined(self().fragment(), op, std::move(list)), ")"));
  }
  static db::Fragment text_parameter(std::string_view text) {
    return db::parameter_fragment(std::string(text));
  }
  auto matches(std::string_view op, std::string_view pattern) const {
    static_assert(std::is_convertible_v<Bare<typename Self::value_type>, std::string>,
                  "plinth: like, startswith, endswith and contains are for texts");
    return predicate(db::joined(self().fragment(), op, text_parameter(pattern)));
  }
  auto literally(const std::string& pattern) const {
    return predicate(db::wrapped("", matches(" LIKE ", pattern).fragment(), " ESCAPE '\\'"));
  }
  template <class Right>
  static auto number(const Self& left, std::string_view op, const Right& right) {
    using T = typename Self::value_type;
    static_assert(is_number<Bare<T>>, "plinth: arithmetic is for columns of numbers");
    return enclosed<T>(left, op, right);
  }
};

}  // namespace detail

/// An SQL expression that gives a T and speaks of columns of these models.
template <class T, class Models>
class Expression : public detail::Operators<Expression<T, Models>> {
 public:
  using value_type = T;
  using models = Models;

  explicit Expression(db::Fragment sql) : sql_(std::move(sql)) {}
  db::Fragment fragment() const { return sql_; }

 private:
  db::Fragment sql_;
};

namespace detail {

template <class Models>
struct Assigned {
  using models = Models;
  db::Assignment row;
};

/// col<&User::email>: a column in an expression.
template <class M, class T>
class ColumnRef : public Operators<ColumnRef<M, T>> {
 public:
  using value_type = T;
  using models = TypeList<M>;

  constexpr explicit ColumnRef(std::string_view name) : name_(name) {}
  db::Fragment fragment() const { return db::column_fragment(M::table, name_); }
  constexpr std::string_view name() const { return name_; }

  /// col<&User::email> = value: for insert().values and update().set.
  template <class Value>
  auto operator=(const Value& value) const {  // NOLINT(misc-unconventional-assign-operator)
    if constexpr (std::same_as<Value, std::nullopt_t>) {
      static_assert(is_nullable<T>, "plinth: this column may not be NULL");
      return Assigned<models>{{name_, db::parameter_fragment({})}};
    } else if constexpr (Operand<Value>) {
      return Assigned<models>{{name_, operand<ColumnRef>(value)}};
    } else {
      constexpr bool assignable = std::is_convertible_v<const Value&, T>;
      static_assert(assignable, "plinth: this value is not of the column's type");
      if constexpr (assignable) {
        const T as = static_cast<T>(column_value(value));
        return Assigned<models>{{name_, db::parameter_fragment(db::encode(type_of<T>(), &as))}};
      }
    }
  }

 private:
  std::string_view name_;
};

template <auto Pointer>
consteval auto column_ref() {
  static_assert(std::is_member_object_pointer_v<decltype(Pointer)>,
                "plinth: col<> takes a member of a model: col<&User::email>");
  static_assert(is_column<MemberOf<Pointer>>, "plinth: col<> takes a Column of a model");
  return ColumnRef<OwnerOf<Pointer>, typename MemberOf<Pointer>::value_type>(
      MemberOf<Pointer>::column_name_or(name_of<Pointer>));
}

}  // namespace detail

/// A column of a model: `col<&User::email> == email`.
template <auto Pointer>
inline constexpr auto col = detail::column_ref<Pointer>();

}  // namespace plinth
