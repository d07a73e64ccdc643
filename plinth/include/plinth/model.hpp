// Models: plain aggregates whose columns carry their rules; each table is described once. Stands
// for SQLAlchemy's DeclarativeBase, mapped_column and Column.
// Example: plinth/examples/08_database.cpp
//
//   struct User {
//     static constexpr auto table = "users";
//
//     Column<std::int32_t, primary_key> id;
//     Column<std::string, max_length(320), unique, indexed> email;
//     Column<std::string, max_length(128)> hashed_password;
//     Column<bool, defaults_to(true)> is_active;
//     Column<DateTime, server_default("now()")> created_at;
//   };
//
// A column's value is a bool, an integer, a double, std::string, Bytes, DateTime, Date, Time,
// Duration, Uuid, Decimal, Json, an enum class, a std::vector of them (an array; SQLite: JSON), or
// std::optional of one of these: that may be NULL. An integer primary key is numbered by the
// database. max_length, max_digits, decimal_places and the defaults are the rules of schema.hpp.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/reflect.hpp"
#include "plinth/detail/rules.hpp"
#include "plinth/detail/table.hpp"
#include "plinth/schema.hpp"

namespace plinth {

using db::CheckConstraint;
using db::ForeignKey;
using db::Index;
using db::MetaData;
using db::NamingConvention;
using db::OnDelete;
using db::OnUpdate;
using db::UniqueConstraint;

namespace detail {

// A rule of a column; to a schema it says nothing.
struct ColumnRule {
  constexpr void apply(Rules&) const {}
};
struct PrimaryKey : ColumnRule {
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.primary_key = true; }
};
struct Unique : ColumnRule {
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.unique = true; }
};
struct Indexed : ColumnRule {
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.indexed = true; }
};

struct Jsonb : ColumnRule {
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.jsonb = true; }
};

template <class Rule>
concept RulesColumns = requires(const Rule& rule, db::ColumnRules& rules) { rule.apply(rules); };

}  // namespace detail

inline constexpr detail::PrimaryKey primary_key;
/// Unique by a constraint; with `indexed`, by a unique index, as SQLAlchemy does.
inline constexpr detail::Unique unique;
/// An index of this column alone, named ix_<table>_<column>.
inline constexpr detail::Indexed indexed;

/// Of a Json: PostgreSQL keeps it as JSONB.
inline constexpr detail::Jsonb jsonb;

/// A default that the database makes: an SQL expression, written into CREATE TABLE. "now()" is
/// CURRENT_TIMESTAMP on SQLite.
template <std::size_t N>
struct server_default : detail::ColumnRule {
  detail::FixedString<N> text;
  consteval explicit server_default(const char (&literal)[N]) : text(literal) {}
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.server_default = text.view(); }
};

/// An SQL expression that is true of every row, or NULL.
template <std::size_t N>
struct check_constraint : detail::ColumnRule {
  detail::FixedString<N> text;
  consteval explicit check_constraint(const char (&literal)[N]) : text(literal) {}
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.check = text.view(); }
};

/// The column's name in the database where the member's will not do.
template <std::size_t N>
struct column_name : detail::ColumnRule {
  detail::FixedString<N> text;
  consteval explicit column_name(const char (&literal)[N]) : text(literal) {}
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const { rules.name = text.view(); }
};

namespace detail {

template <class Model>
const db::Table& table_of();

template <class Pointer>
struct MemberPointer;
template <class Owner, class Member>
struct MemberPointer<Member Owner::*> {
  using owner = Owner;
  using member = Member;
};
template <auto Pointer>
using OwnerOf = typename MemberPointer<std::remove_cv_t<decltype(Pointer)>>::owner;
template <auto Pointer>
using MemberOf = typename MemberPointer<std::remove_cv_t<decltype(Pointer)>>::member;

template <auto Target>
struct References : ColumnRule {
  OnDelete on_delete = OnDelete::no_action;
  OnUpdate on_update = OnUpdate::no_action;
  using ColumnRule::apply;
  constexpr void apply(db::ColumnRules& rules) const {
    rules.references = &table_of<OwnerOf<Target>>;
    rules.references_column = MemberOf<Target>::column_name_or(name_of<Target>);
    rules.on_delete = on_delete;
    rules.on_update = on_update;
  }
  consteval References operator()(OnDelete deleted, OnUpdate updated = OnUpdate::no_action) const {
    References made;
    made.on_delete = deleted;
    made.on_update = updated;
    return made;
  }
};

template <auto... R>
constexpr db::ColumnRules fold_column_rules() {
  db::ColumnRules rules;
  [[maybe_unused]] auto fold = [&]<class Rule>(const Rule& rule) {
    if constexpr (RulesColumns<Rule>) rule.apply(rules);
  };
  (fold(R), ...);
  return rules;
}

template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<std::optional<T>> = true;

// May be left out where an object is made: the database or a default gives the value.
template <class T, auto... R>
inline constexpr bool may_be_omitted =
    has_default<T, R...> || is_nullable<T> || !fold_column_rules<R...>().server_default.empty() ||
    (fold_column_rules<R...>().primary_key && std::is_integral_v<T>);

}  // namespace detail

/// A foreign key: `Column<std::int32_t, foreign_key<&Team::id>(OnDelete::cascade)> team_id;`
template <auto Target>
inline constexpr detail::References<Target> foreign_key;

/// A column of type T with its rules. Converts to and from T; `*column` and `column->` read it,
/// assignment changes it. One that has neither a default nor is numbered must be given.
template <class T, auto... R>
class Column {
  static_assert((detail::IsRule<std::remove_cvref_t<decltype(R)>> && ...),
                "plinth: what stands in a Column's brackets after its type must be rules: "
                "primary_key, max_length(320), unique, …");

 public:
  using value_type = T;

  Column()
    requires(!detail::may_be_omitted<T, R...>)
  = delete;  // this column has no default: give it a value
  Column()
    requires detail::may_be_omitted<T, R...>
      : value_(first_value()), origin_(first_origin()) {}
  explicit Column(detail::Blank) : value_(detail::blank_value<T>()), origin_(db::given) {}
  template <class Value>
    requires std::constructible_from<T, Value&&> &&
                 (!std::same_as<std::remove_cvref_t<Value>, Column>) &&
                 (!std::same_as<std::remove_cvref_t<Value>, detail::Blank>) &&
                 (!std::same_as<std::remove_cvref_t<Value>, detail::Anything>)
  Column(Value&& value)  // NOLINT(google-explicit-constructor)
      : value_(std::forward<Value>(value)), origin_(db::given) {}

  operator const T&() const& { return value_; }    // NOLINT(google-explicit-constructor)
  operator T&&() && { return std::move(value_); }  // NOLINT(google-explicit-constructor)
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

  friend bool operator==(const Column& a, const Column& b) { return a.value_ == b.value_; }
  friend bool operator==(const Column& a, const T& b) { return a.value_ == b; }

  static constexpr std::string_view column_name_or(std::string_view member) {
    constexpr auto rules = detail::fold_column_rules<R...>();
    return rules.name.empty() ? member : rules.name;
  }
  static db::Column row(std::string_view member, std::size_t offset);

 private:
  static T first_value() {
    if constexpr (detail::has_default<T, R...>) {
      return detail::default_value<T, R...>();
    } else {
      return detail::blank_value<T>();
    }
  }
  // What the server fills stays out of the INSERT until it is given.
  static constexpr db::Origin first_origin() {
    constexpr auto rules = detail::fold_column_rules<R...>();
    constexpr bool filled = !rules.server_default.empty() || rules.primary_key;
    return filled && !detail::has_default<T, R...> ? db::absent : db::given;
  }

  T value_;
  db::Origin origin_;

  friend struct detail::TypeOf<Column>;
};

namespace detail {
template <class T>
inline constexpr bool is_storable = leaf_kind<T> != Kind::none && leaf_kind<T> != Kind::secret;
template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
inline constexpr bool is_storable<T> = true;
template <class T>
inline constexpr bool is_storable<std::vector<T>> =
    is_storable<T> && !is_vector<T> && !std::same_as<T, Json> && !std::same_as<T, bool>;
template <class T>
inline constexpr bool is_storable<std::optional<T>> = !is_nullable<T> && is_storable<T>;
}  // namespace detail

template <class T, auto... R>
db::Column Column<T, R...>::row(std::string_view member, std::size_t offset) {
  static_assert(detail::is_storable<T>,
                "plinth: a Column holds a bool, a number, std::string, Bytes, DateTime, Date, "
                "Time, Duration, Uuid, Decimal, Json, an enum, a std::vector of them, or "
                "std::optional of one");
  static_assert(!detail::fold_column_rules<R...>().jsonb || std::same_as<T, Json> ||
                    std::same_as<T, std::optional<Json>>,
                "plinth: jsonb is a rule for columns of Json");
  constexpr auto rules = detail::fold_rules<T, R...>();
  db::Column made{.name = column_name_or(member),
                  .type = &detail::type_of<T>,
                  .offset = offset,
                  .origin_offset = offset + detail::TypeOf<Column>::origin_distance(),
                  .rules = detail::fold_column_rules<R...>(),
                  .max_length = rules.max_length,
                  .max_digits = rules.max_digits,
                  .decimal_places = rules.decimal_places};
  if constexpr (detail::has_default<T, R...>) {
    made.default_value = [] {
      const T value = detail::default_value<T, R...>();
      return db::encode(detail::type_of<T>(), &value);
    };
  }
  return made;
}

namespace detail {

// A Column lies as its T; so a model may also be read as a schema.
template <class T, auto... R>
struct TypeOf<Column<T, R...>> {
  static const Type& get() {
    static const Type type = [] {
      Type made = type_of<T>();
      made.make_blank = &make_blank<Column<T, R...>>;
      made.destroy = &destroy<Column<T, R...>>;
      return made;
    }();
    return type;
  }
  static std::size_t origin_distance() {
    // Never constructed: only addresses are taken.
    alignas(Column<T, R...>) static std::byte place[sizeof(Column<T, R...>)];
    auto& column = *reinterpret_cast<Column<T, R...>*>(place);
    return static_cast<std::size_t>(reinterpret_cast<std::byte*>(&column.origin_) - place);
  }
};

template <class T>
inline constexpr bool is_column = false;
template <class T, auto... R>
inline constexpr bool is_column<Column<T, R...>> = true;

template <class T>
concept Model = Reflectable<T> && requires { std::string_view(T::table); };

template <class Row, std::size_t N>
constexpr std::span<const Row> rows_of(const Row (&rows)[N]) {
  return rows;
}

template <class M>
struct TableOf {
  template <std::size_t... I>
  static auto columns(std::index_sequence<I...>) {
    alignas(M) static std::byte place[sizeof(M)];  // never constructed: only addresses are taken
    std::array<db::Column, sizeof...(I)> rows{};
    visit_members(*reinterpret_cast<M*>(place), [&](auto&... member) {
      static_assert((is_column<std::remove_cvref_t<decltype(member)>> && ...),
                    "plinth: every member of a model must be a Column<type, rules...>");
      rows = {std::remove_cvref_t<decltype(member)>::row(
          member_name<M>(I), static_cast<std::size_t>(
                                 reinterpret_cast<std::byte*>(std::addressof(member)) - place))...};
    });
    return rows;
  }

  static db::Table make() {
    static const auto rows =
        columns(std::make_index_sequence<static_cast<std::size_t>(member_count<M>())>{});
    db::Table made{.name = M::table,
                   .columns = rows,
                   .indexes = {},
                   .unique_constraints = {},
                   .check_constraints = {}};
    if constexpr (requires { M::indexes; }) made.indexes = rows_of(M::indexes);
    if constexpr (requires { M::unique_constraints; }) {
      made.unique_constraints = rows_of(M::unique_constraints);
    }
    if constexpr (requires { M::check_constraints; }) {
      made.check_constraints = rows_of(M::check_constraints);
    }
    if constexpr (requires { M::foreign_keys; }) made.foreign_keys = rows_of(M::foreign_keys);
    return made;
  }
};

/// The rows of a model; made at the first call.
template <class M>
const db::Table& table_of() {
  static_assert(Model<M>,
                "plinth: a model is a plain struct with `static constexpr auto table = \"name\";` "
                "and Columns");
  static const db::Table table = TableOf<M>::make();
  return table;
}

}  // namespace detail

/// The tables of these models. Stands for Base.metadata.
template <detail::Model... Models>
MetaData metadata(NamingConvention naming = {}) {
  static const db::Table* const tables[] = {&detail::table_of<Models>()...};
  return {.tables = tables, .naming_convention = naming};
}

}  // namespace plinth
