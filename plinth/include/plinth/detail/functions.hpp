// Functions of SQL, of columns and of values: lower, count, coalesce, case_, cast, func::….
// Included by query.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/column_ref.hpp"

namespace plinth {

namespace detail {

// A number, a text, … that stands alone: PostgreSQL must be told what it is.
template <class Value>
auto literal_of(const Value& value) {
  if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
    return Expression<std::string, TypeList<>>(
        db::typed_parameter(std::string(std::string_view(value)), parameter_type<std::string>()));
  } else {
    return Expression<Value, TypeList<>>(
        db::typed_parameter(db::encode(type_of<Value>(), &value), parameter_type<Bare<Value>>()));
  }
}

// An argument of an SQL function: an operand as it stands, anything else bound.
template <class Argument>
db::Fragment argument_fragment(const Argument& argument) {
  if constexpr (Operand<Argument>) {
    return argument.fragment();
  } else if constexpr (is_column<Argument>) {
    return argument_fragment(*argument);
  } else if constexpr (std::is_convertible_v<const Argument&, std::string_view>) {
    return db::parameter_fragment(std::string(std::string_view(argument)));
  } else {
    // An int is no BIGINT: functions are found by the types of their arguments.
    constexpr bool is_int = is_number<Argument> && std::is_integral_v<Argument> &&
                            sizeof(Argument) + std::is_unsigned_v<Argument> <= 4;
    return db::typed_parameter(db::encode(type_of<Argument>(), &argument), is_int ? "INTEGER" : "");
  }
}

template <class... Argument>
struct AllModels {
  using type = TypeList<>;
};
template <class First, class... Rest>
struct AllModels<First, Rest...>
    : UnionOf<typename ModelsOf<First>::type, typename AllModels<Rest...>::type> {};

template <class T, class... Argument>
auto called(std::string_view name, const Argument&... argument) {
  db::Fragment list;
  (db::append(list, ", ", argument_fragment(argument)), ...);
  auto sql = db::wrapped("(", std::move(list), ")");
  return Expression<T, typename AllModels<Argument...>::type>(
      db::wrapped(name, std::move(sql), ""));
}

// With another type on PostgreSQL, which gives the next larger one: CAST(sum(x) AS BIGINT).
template <class T, Operand Of>
auto aggregated(std::string_view postgresql, std::string_view end, std::string_view sqlite,
                const Of& of) {
  auto sql = db::joined(db::dialect_fragment(postgresql, sqlite), of.fragment());
  sql = db::joined(std::move(sql), db::dialect_fragment(end, ")"));
  return Expression<std::optional<T>, typename Of::models>(std::move(sql));
}

template <class Of>
constexpr void check_text_function() {
  static_assert(is_text<Bare<typename Of::value_type>>, "plinth: this function is for texts");
}

template <class Part>
inline constexpr bool is_joinable = std::is_convertible_v<const Part&, std::string_view>;
template <class Part>
  requires Operand<Part> || is_column<Part>
inline constexpr bool is_joinable<Part> = is_text<Bare<ValueTypeOf<Part>>>;

template <class Part>
db::Fragment text_part(const Part& part) {
  if constexpr (Operand<Part>) {
    return part.fragment();
  } else {
    return literal_of(part).fragment();
  }
}

// distinct(column), inside of count and sum.
template <class T, class Models>
struct Distinct {
  using value_type = T;
  using models = Models;
  db::Fragment sql;
  db::Fragment fragment() const { return sql; }
};

}  // namespace detail

/// A value as an expression of its own.
template <class Value>
auto literal(const Value& value) {
  return detail::literal_of(value);
}

/// Raw SQL that gives a T, inside of a typed query. Each '?' is a value or a column:
/// `sql<bool>("? % 2 = ?", col<&User::id>, 0)`
template <class T, class... Argument>
auto sql(std::string_view text, const Argument&... argument) {
  std::vector<db::Fragment> arguments{detail::argument_fragment(argument)...};
  using Models = typename detail::AllModels<Argument...>::type;
  return Expression<T, Models>(db::wrapped("(", db::filled_in(text, std::move(arguments)), ")"));
}

template <detail::Operand Of>
auto lower(const Of& of) {
  detail::check_text_function<Of>();
  return detail::called<typename Of::value_type>("lower", of);
}
inline auto lower(std::string_view value) { return detail::called<std::string>("lower", value); }
template <detail::Operand Of>
auto upper(const Of& of) {
  detail::check_text_function<Of>();
  return detail::called<typename Of::value_type>("upper", of);
}
inline auto upper(std::string_view value) { return detail::called<std::string>("upper", value); }

/// count(distinct(col<&User::email>))
template <detail::Operand Of>
auto distinct(const Of& of) {
  return detail::Distinct<typename Of::value_type, typename Of::models>{
      db::wrapped("DISTINCT ", of.fragment(), "")};
}
/// How many rows; of an expression: how many where it is not NULL.
inline auto count() {
  return Expression<std::int64_t, detail::TypeList<>>(db::text_fragment("count(*)"));
}
template <detail::Operand Of>
auto count(const Of& of) {
  return detail::called<std::int64_t>("count", of);
}

template <detail::Operand Of>
auto asc(const Of& of) {
  return of.asc();
}
template <detail::Operand Of>
auto desc(const Of& of) {
  return of.desc();
}

/// The first of these that is not NULL.
template <detail::Operand First, class... More>
auto coalesce(const First& first, const More&... more) {
  constexpr bool nullable = detail::any_nullable<typename First::value_type> &&
                            (detail::any_nullable<detail::ValueTypeOf<More>> && ...);
  using T = detail::MaybeNull<nullable, detail::Bare<typename First::value_type>>;
  db::Fragment list = first.fragment();
  (db::append(list, ", ", detail::operand<First>(more)), ...);
  using Models = typename detail::AllModels<First, More...>::type;
  return Expression<T, Models>(db::wrapped("coalesce(", std::move(list), ")"));
}

/// NULL where both are equal.
template <detail::Operand Of, class Value>
auto nullif(const Of& of, const Value& value) {
  using T = std::optional<detail::Bare<typename Of::value_type>>;
  using Models = typename detail::AllModels<Of, Value>::type;
  return Expression<T, Models>(
      db::wrapped("nullif(", db::joined(of.fragment(), ", ", detail::operand<Of>(value)), ")"));
}

/// Texts and columns of texts one after the other; NULL when one of them is.
template <class... Part>
auto concat(const Part&... part) {
  constexpr bool texts = (detail::is_joinable<Part> && ...);
  static_assert(texts, "plinth: concat takes texts; see cast<std::string>(...)");
  if constexpr (texts) {
    constexpr bool nullable = detail::any_nullable<detail::ValueTypeOf<Part>...>;
    db::Fragment list;
    (db::append(list, " || ", detail::text_part(part)), ...);
    using Models = typename detail::AllModels<Part...>::type;
    return Expression<detail::MaybeNull<nullable, std::string>, Models>(
        db::wrapped("(", std::move(list), ")"));
  }
}

namespace detail {

template <class T, class Models>
class Case {
 public:
  explicit Case(db::Fragment sql) : sql_(std::move(sql)) {}

  /// `value` where `condition` holds and none before did.
  template <class Condition, class Value>
  auto when(const Condition& condition, const Value& value) const {
    static_assert(Operand<Condition> && std::same_as<Bare<typename Condition::value_type>, bool>,
                  "plinth: when() takes a condition and a value");
    using All = typename AllModels<Expression<T, Models>, Condition, Value>::type;
    auto sql = db::joined(sql_, " WHEN ", condition.fragment());
    return Case<T, All>(db::joined(std::move(sql), " THEN ", branch(value)));
  }
  template <class Value>
  auto else_(const Value& value) const {
    using All = typename AllModels<Expression<T, Models>, Value>::type;
    return Expression<T, All>(db::wrapped("(", db::joined(sql_, " ELSE ", branch(value)), " END)"));
  }
  /// NULL where none holds.
  auto end() const {
    return Expression<std::optional<Bare<T>>, Models>(db::wrapped("(", sql_, " END)"));
  }

 private:
  template <class Value>
  static db::Fragment branch(const Value& value) {
    using Column = Expression<T, TypeList<>>;
    auto sql = operand<Column>(value);
    // All branches may be parameters: PostgreSQL then knows no type.
    if constexpr (!Operand<Value>) sql.front().text = parameter_type<Bare<T>>();
    return sql;
  }

  db::Fragment sql_;
};

// What CAST makes alike on both engines.
template <class T, class From>
constexpr bool can_cast() {
  if constexpr (is_text<T>) return std::is_integral_v<From> && !std::same_as<From, bool>;
  if constexpr (is_number<T>) return is_number<From> || std::same_as<From, Decimal>;
  return std::same_as<T, Decimal> && is_number<From>;
}

template <class T, class From>
constexpr std::pair<std::string_view, std::string_view> cast_begin() {
  // PostgreSQL rounds where C++ and SQLite cut.
  constexpr bool cuts = std::is_integral_v<T> && !std::is_integral_v<From>;
  if constexpr (cuts) return {"CAST(trunc(", "CAST(("};
  return {"CAST((", "CAST(("};
}
template <class T>
constexpr std::pair<std::string_view, std::string_view> cast_end() {
  if constexpr (is_text<T>) return {") AS VARCHAR)", ") AS TEXT)"};
  if constexpr (std::is_integral_v<T>) return {") AS BIGINT)", ") AS INTEGER)"};
  if constexpr (std::is_floating_point_v<T>) return {") AS DOUBLE PRECISION)", ") AS REAL)"};
  return {") AS NUMERIC)", ") AS NUMERIC)"};
}

}  // namespace detail

/// case_<std::string>().when(col<&User::is_active>, "yes").else_("no")
template <class T>
auto case_() {
  return detail::Case<T, detail::TypeList<>>(db::text_fragment("CASE"));
}

/// A number as another kind of number (whole ones are cut towards zero) or as a text.
template <class T, detail::Operand Of>
auto cast(const Of& of) {
  using From = detail::Bare<typename Of::value_type>;
  constexpr bool castable = detail::can_cast<T, From>();
  static_assert(castable,
                "plinth: cast makes numbers of numbers and texts of whole numbers; the engines "
                "differ in the others, see sql<T>(\"CAST(? AS ...)\", ...)");
  if constexpr (castable) {
    constexpr auto begin = detail::cast_begin<T, From>();
    constexpr auto end = detail::cast_end<T>();
    auto sql = db::joined(db::dialect_fragment(begin.first, begin.second), of.fragment());
    sql = db::joined(std::move(sql), db::dialect_fragment(end.first, end.second));
    using Made = detail::MaybeNull<detail::is_nullable<typename Of::value_type>, T>;
    return Expression<Made, typename Of::models>(std::move(sql));
  }
}

/// The same expression, which may be NULL: a column of what was joined by outer_join.
template <detail::Operand Of>
auto nullable(const Of& of) {
  return Expression<std::optional<detail::Bare<typename Of::value_type>>, typename Of::models>(
      of.fragment());
}

/// SQLAlchemy's func: what several rows give together is empty when there are none.
namespace func {

/// Any SQL function: `func::call<"date_trunc", DateTime>("day", col<&User::created_at>)`
template <detail::FixedString Name, class T, class... Argument>
auto call(const Argument&... argument) {
  return detail::called<T>(Name.view(), argument...);
}

template <detail::Operand Of>
auto min(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::has_order<T>, "plinth: func::min and max are for numbers, texts and times");
  return detail::called<std::optional<T>>("min", of);
}
template <detail::Operand Of>
auto max(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::has_order<T>, "plinth: func::min and max are for numbers, texts and times");
  return detail::called<std::optional<T>>("max", of);
}
/// Of whole numbers 64 bits: more is an error.
template <detail::Operand Of>
auto sum(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::is_number<T> || std::same_as<T, Decimal>,
                "plinth: func::sum is for columns of numbers");
  if constexpr (std::same_as<T, Decimal>) {
    return detail::called<std::optional<Decimal>>("sum", of);
  } else if constexpr (std::is_floating_point_v<T>) {
    return detail::aggregated<double>("CAST(sum(", ") AS DOUBLE PRECISION)", "sum(", of);
  } else {
    return detail::aggregated<std::int64_t>("CAST(sum(", ") AS BIGINT)", "sum(", of);
  }
}
template <detail::Operand Of>
auto avg(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::is_number<T> || std::same_as<T, Decimal>,
                "plinth: func::avg is for columns of numbers");
  return detail::aggregated<double>("CAST(avg(", ") AS DOUBLE PRECISION)", "avg(", of);
}
/// The texts of several rows with `between` between them, in no order.
template <detail::Operand Of>
auto string_agg(const Of& of, std::string_view between) {
  detail::check_text_function<Of>();
  auto sql = db::joined(db::dialect_fragment("string_agg(", "group_concat("), of.fragment());
  sql = db::joined(std::move(sql), ", ", db::parameter_fragment(std::string(between)));
  return Expression<std::optional<std::string>, typename Of::models>(
      db::wrapped("", std::move(sql), ")"));
}
/// Characters of a text.
template <detail::Operand Of>
auto length(const Of& of) {
  detail::check_text_function<Of>();
  using T = detail::MaybeNull<detail::is_nullable<typename Of::value_type>, std::int64_t>;
  return detail::called<T>("length", of);
}
template <detail::Operand Of>
auto abs(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::is_number<T>, "plinth: func::abs is for columns of numbers");
  return detail::called<typename Of::value_type>("abs", of);
}
/// The time of the transaction (SQLite: of the statement).
inline auto now() {
  return Expression<DateTime, detail::TypeList<>>(db::text_fragment("CURRENT_TIMESTAMP"));
}

}  // namespace func
}  // namespace plinth
