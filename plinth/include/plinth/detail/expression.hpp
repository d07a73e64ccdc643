// Typed SQL expressions: what every one can do. The types are checked here and forgotten at once:
// what remains is a db::Fragment.
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

#include "plinth/detail/operand.hpp"

namespace plinth {

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

template <class Left, class Right>
auto joined_conditions(const Left& left, std::string_view op, const Right& right) {
  using Value = typename Right::value_type;
  return enclosed<MaybeNull<any_nullable<typename Left::value_type, Value>, bool>>(left, op, right);
}

// How numbers come out of an operation.
template <class Left, class Right, bool Nullable = false>
struct Calculation {
  using A = typename Left::value_type;
  using B = ValueTypeOf<Right>;
  using Of = ArithmeticOf<Bare<A>, Bare<B>>;
  using type = MaybeNull<any_nullable<A, B> || Nullable, typename Of::type>;
  static constexpr bool ok = Of::ok;
};
template <class Left, class Right>
db::Fragment number_operand(const Right& right) {
  if constexpr (Operand<Right>) {
    return right.fragment();
  } else if constexpr (std::same_as<Right, Decimal>) {
    return db::typed_parameter(right, {});
  } else {
    return db::parameter_fragment(db::encode(type_of<Right>(), &right));
  }
}
template <class Left, class Right>
auto calculated(const Left& left, std::string_view op, const Right& right) {
  constexpr bool numbers = Calculation<Left, Right>::ok;
  static_assert(numbers, "plinth: arithmetic is for columns of numbers");
  if constexpr (numbers) {
    using Models = typename UnionOf<typename Left::models, typename ModelsOf<Right>::type>::type;
    auto sql = db::joined(left.fragment(), op, number_operand<Left>(right));
    return Expression<typename Calculation<Left, Right>::type, Models>(
        db::wrapped("(", std::move(sql), ")"));
  }
}
// PostgreSQL has an error where SQLite has NULL.
template <class Left, class Right>
auto divided(const Left& left, std::string_view op, const Right& right) {
  constexpr bool numbers = Calculation<Left, Right>::ok;
  static_assert(numbers, "plinth: arithmetic is for columns of numbers");
  if constexpr (numbers) {
    using Models = typename UnionOf<typename Left::models, typename ModelsOf<Right>::type>::type;
    auto by = db::wrapped("nullif(", number_operand<Left>(right), ", 0)");
    auto sql = db::wrapped("(", db::joined(left.fragment(), op, std::move(by)), ")");
    return Expression<typename Calculation<Left, Right, true>::type, Models>(std::move(sql));
  }
}
template <class Left, class Right>
auto concatenated(const Left& left, const Right& right) {
  constexpr bool texts =
      is_text<Bare<ValueTypeOf<Right>>> || std::is_convertible_v<const Right&, std::string_view>;
  static_assert(texts, "plinth: + of a text takes another text; see cast<std::string>(...)");
  if constexpr (texts) {
    using T = MaybeNull<any_nullable<typename Left::value_type, ValueTypeOf<Right>>, std::string>;
    return enclosed<T>(left, " || ", right);
  }
}

// col<&User::id>.desc(), and where NULL goes in it.
template <class Models>
struct OrderBy : db::Order {
  using models = Models;

  OrderBy nulls_first() const { return with(Nulls::first); }
  OrderBy nulls_last() const { return with(Nulls::last); }

 private:
  OrderBy with(Nulls place) const {
    auto made = *this;
    made.nulls = place;
    return made;
  }
};

// How two values compare: NULL when one of them is.
template <class Left, class Right>
auto compared(const Left& left, std::string_view op, const Right& right) {
  static_assert(!std::same_as<Bare<typename Left::value_type>, Json>,
                "plinth: JSON is not compared as a whole; compare a part of it, by sql<bool>(...)");
  using Value = ValueTypeOf<Right>;
  using T = MaybeNull<any_nullable<typename Left::value_type, Value>, bool>;
  return combine<T>(left, op, right);
}
// As SQLAlchemy does: an empty optional is compared by IS NULL.
template <class Left, class Value>
auto compared_or_null(const Left& left, std::string_view op, std::string_view null,
                      const std::optional<Value>& right) {
  using Made = decltype(compared(left, op, std::declval<const Value&>()));
  if (!right) return Made(db::wrapped("", left.fragment(), null));
  return compared(left, op, *right);
}

// What every expression can do; `Self` is Expression or ColumnRef.
template <class Self>
class Operators {
 public:
  auto is_null() const { return test(" IS NULL"); }
  auto is_not_null() const { return test(" IS NOT NULL"); }
  auto asc() const { return ordered(false); }
  auto desc() const { return ordered(true); }
  /// Unequal, where NULL is a value like any other.
  template <class Right>
  auto is_distinct_from(const Right& right) const {
    return differs(" IS DISTINCT FROM ", " IS NOT ", right);
  }
  template <class Right>
  auto is_not_distinct_from(const Right& right) const {
    return differs(" IS NOT DISTINCT FROM ", " IS ", right);
  }

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
  /// One of the rows of a select of one column.
  template <class Query>
    requires requires { typename Query::outer; }
  auto in(const Query& query) const {
    return among_rows(" IN ", query);
  }
  template <class Query>
    requires requires { typename Query::outer; }
  auto not_in(const Query& query) const {
    return among_rows(" NOT IN ", query);
  }
  template <class Low, class High>
  auto between(const Low& low, const High& high) const {
    return (self() >= low) && (self() <= high);
  }

  /// Of an array column: one of its items is this.
  template <class Value>
  auto any(const Value& value) const {
    using T = Bare<typename Self::value_type>;
    static_assert(is_vector<T>, "plinth: any() is for columns of std::vector");
    if constexpr (is_vector<T>) {
      // What SQLite's JSON spells in another way than its columns do.
      static_assert(!std::same_as<Bare<typename T::value_type>, Decimal> &&
                        !std::same_as<Bare<typename T::value_type>, Bytes>,
                    "plinth: any() does not look for Decimal and Bytes");
      using Item = Expression<Bare<typename T::value_type>, TypeList<>>;
      return predicate(db::any_item(self().fragment(), operand<Item>(value)));
    }
  }

  /// '%' any text, '_' any character; letter case matters on every engine.
  auto like(std::string_view pattern) const { return matches(" LIKE ", pattern); }
  /// Letter case does not matter.
  auto ilike(std::string_view pattern) const {
    check_text();
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
    if constexpr (is_nullable<Right>) {
      return compared_or_null(left, " = ", " IS NULL", right);
    } else {
      return compared(left, " = ", right);
    }
  }
  template <class Right>
  friend auto operator!=(const Self& left, const Right& right) {
    if constexpr (is_nullable<Right>) {
      return compared_or_null(left, " != ", " IS NOT NULL", right);
    } else {
      return compared(left, " != ", right);
    }
  }
  template <class Right>
  friend auto operator<(const Self& left, const Right& right) {
    return compared(left, " < ", right);
  }
  template <class Right>
  friend auto operator<=(const Self& left, const Right& right) {
    return compared(left, " <= ", right);
  }
  template <class Right>
  friend auto operator>(const Self& left, const Right& right) {
    return compared(left, " > ", right);
  }
  template <class Right>
  friend auto operator>=(const Self& left, const Right& right) {
    return compared(left, " >= ", right);
  }
  friend auto operator==(const Self& left, std::nullopt_t) { return left.is_null(); }
  friend auto operator!=(const Self& left, std::nullopt_t) { return left.is_not_null(); }

  // Of texts: one after the other. NULL gives NULL.
  template <class Right>
  friend auto operator+(const Self& left, const Right& right) {
    if constexpr (is_text<Bare<typename Self::value_type>>) {
      return concatenated(left, right);
    } else {
      return calculated(left, " + ", right);
    }
  }
  template <class Right>
  friend auto operator-(const Self& left, const Right& right) {
    return calculated(left, " - ", right);
  }
  template <class Right>
  friend auto operator*(const Self& left, const Right& right) {
    return calculated(left, " * ", right);
  }
  // By zero gives NULL. Whole numbers are cut towards zero, as in C++.
  template <class Right>
  friend auto operator/(const Self& left, const Right& right) {
    return divided(left, " / ", right);
  }
  template <class Right>
  friend auto operator%(const Self& left, const Right& right) {
    static_assert(std::is_integral_v<Bare<typename Self::value_type>> &&
                      std::is_integral_v<Bare<ValueTypeOf<Right>>>,
                  "plinth: % is for whole numbers");
    return divided(left, " % ", right);
  }
  friend auto operator-(const Self& of) {
    using T = typename Self::value_type;
    using Number = typename ArithmeticOf<Bare<T>, std::int64_t>::type;
    static_assert(ArithmeticOf<Bare<T>, std::int64_t>::ok,
                  "plinth: arithmetic is for columns of numbers");
    return Expression<MaybeNull<is_nullable<T>, Number>, typename Self::models>(
        db::wrapped("(- ", of.fragment(), ")"));
  }

  template <Operand Right>
  friend auto operator&&(const Self& left, const Right& right) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: && stands between conditions");
    return joined_conditions(left, " AND ", right);
  }
  template <Operand Right>
  friend auto operator||(const Self& left, const Right& right) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: || stands between conditions");
    return joined_conditions(left, " OR ", right);
  }
  friend auto operator!(const Self& of) {
    static_assert(std::same_as<Bare<typename Self::value_type>, bool>,
                  "plinth: ! stands before a condition");
    return of.predicate(db::wrapped("NOT (", of.fragment(), ")"));
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
  // NULL where this is NULL.
  static auto predicate(db::Fragment sql) {
    using T = MaybeNull<is_nullable<typename Self::value_type>, bool>;
    return Expression<T, typename Self::models>(std::move(sql));
  }
  auto test(std::string_view what) const {
    return Expression<bool, typename Self::models>(db::wrapped("", self().fragment(), what));
  }
  auto ordered(bool descending) const {
    OrderBy<typename Self::models> made;
    made.sql = self().fragment();
    made.descending = descending;
    made.nullable = is_nullable<typename Self::value_type>;
    return made;
  }
  template <class Right>
  auto differs(std::string_view postgresql, std::string_view sqlite, const Right& right) const {
    using Models = typename UnionOf<typename Self::models, typename ModelsOf<Right>::type>::type;
    auto op = db::dialect_fragment(postgresql, sqlite);
    auto left = db::joined(self().fragment(), std::move(op));
    if constexpr (is_nullable<Right>) {
      auto value = right ? operand<Self>(*right) : db::text_fragment("NULL");
      return Expression<bool, Models>(db::joined(std::move(left), std::move(value)));
    } else {
      return Expression<bool, Models>(db::joined(std::move(left), operand<Self>(right)));
    }
  }
  template <class Value>
  auto among(std::string_view op, const std::vector<Value>& values, std::string_view none) const {
    if (values.empty()) return predicate(db::text_fragment(none));
    db::Fragment list;
    for (const auto& value : values) db::append(list, ", ", operand<Self>(value));
    return predicate(db::wrapped("", db::joined(self().fragment(), op, std::move(list)), ")"));
  }
  template <class Query>
  auto among_rows(std::string_view op, const Query& query) const {
    using T = typename Query::row_type;
    static_assert(are_comparable<Bare<typename Self::value_type>, Bare<T>>,
                  "plinth: in() takes a select of one column of the same type");
    using Models = typename UnionOf<typename Self::models, typename Query::outer>::type;
    return Expression<MaybeNull<any_nullable<typename Self::value_type, T>, bool>, Models>(
        db::joined(self().fragment(), op, db::subquery_fragment(query.part())));
  }
  static void check_text() {
    static_assert(is_text<Bare<typename Self::value_type>>,
                  "plinth: like, startswith, endswith and contains are for texts");
  }
  static db::Fragment text_parameter(std::string_view text) {
    return db::parameter_fragment(std::string(text));
  }
  auto matches(std::string_view op, std::string_view pattern) const {
    check_text();
    return predicate(db::joined(self().fragment(), op, text_parameter(pattern)));
  }
  auto literally(const std::string& pattern) const {
    return predicate(db::wrapped("", matches(" LIKE ", pattern).fragment(), " ESCAPE '\\'"));
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

}  // namespace plinth
