// Queries, checked by the compiler, with every value bound. Stands for SQLAlchemy's select, insert,
// update, delete and text. Example: plinth/examples/08_database.cpp
//
//   select<User>().where(lower(col<&User::email>) == lower(email))
//   select<User>(col<&User::id>, col<&User::email>).order_by(desc(col<&User::id>)).limit(10)
//   insert<User>().values(col<&User::email> = email, …).returning(col<&User::id>)
//   update<User>().set(col<&User::is_active> = false).where(col<&User::id> == id)
//   delete_from<User>().where(col<&User::is_active> == false)
//   text("UPDATE users SET is_active = ? WHERE id = ?", false, 7)
//
// Conditions join by && || and !. A query is a value: it may be kept, copied and built in steps.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plinth/detail/expression.hpp"
#include "plinth/detail/row.hpp"

namespace plinth {

// Functions of SQL, of columns and of values.

template <detail::Operand Of>
auto lower(const Of& of) {
  return Expression<std::string, typename Of::models>(db::wrapped("lower(", of.fragment(), ")"));
}
inline auto lower(std::string_view value) {
  return Expression<std::string, detail::TypeList<>>(
      db::wrapped("lower(", db::parameter_fragment(std::string(value)), ")"));
}
template <detail::Operand Of>
auto upper(const Of& of) {
  return Expression<std::string, typename Of::models>(db::wrapped("upper(", of.fragment(), ")"));
}
/// How many rows; of an expression: how many where it is not NULL.
inline auto count() {
  return Expression<std::int64_t, detail::TypeList<>>(db::text_fragment("count(*)"));
}
template <detail::Operand Of>
auto count(const Of& of) {
  return Expression<std::int64_t, typename Of::models>(db::wrapped("count(", of.fragment(), ")"));
}
template <detail::Operand Of>
auto asc(const Of& of) {
  return of.asc();
}
template <detail::Operand Of>
auto desc(const Of& of) {
  return of.desc();
}

/// SQLAlchemy's func: what several rows give together is empty when there are none.
namespace func {
template <detail::Operand Of>
auto min(const Of& of) {
  return Expression<std::optional<detail::Bare<typename Of::value_type>>, typename Of::models>(
      db::wrapped("min(", of.fragment(), ")"));
}
template <detail::Operand Of>
auto max(const Of& of) {
  return Expression<std::optional<detail::Bare<typename Of::value_type>>, typename Of::models>(
      db::wrapped("max(", of.fragment(), ")"));
}
template <detail::Operand Of>
auto sum(const Of& of) {
  using T = detail::Bare<typename Of::value_type>;
  static_assert(detail::is_number<T>, "plinth: func::sum is for columns of numbers");
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
  return Expression<std::optional<Sum>, typename Of::models>(
      db::wrapped("sum(", of.fragment(), ")"));
}
template <detail::Operand Of>
auto avg(const Of& of) {
  return Expression<std::optional<double>, typename Of::models>(
      db::wrapped("avg(", of.fragment(), ")"));
}
/// The time of the transaction (SQLite: of the statement).
inline auto now() {
  return Expression<DateTime, detail::TypeList<>>(db::text_fragment("CURRENT_TIMESTAMP"));
}
}  // namespace func

/// A select that gives rows of type Row: a model, a value, or a std::tuple of them.
template <class Row, class Models>
class Select {
 public:
  using row_type = Row;

  explicit Select(db::Query query) : query_(std::move(query)) {}

  /// Several calls join by AND.
  template <class Condition>
  Select& where(const Condition& condition) & {
    query_.add_where(condition_of<Condition>(condition));
    return *this;
  }
  template <class Condition>
  Select&& where(const Condition& condition) && {
    return std::move(where(condition));
  }

  /// Rows of `Other` that fit each row; `on` says which.
  template <class Other, class Condition>
  auto join(const Condition& on) const {
    return joined<Other>(on, false);
  }
  template <class Other, class Condition>
  auto outer_join(const Condition& on) const {
    return joined<Other>(on, true);
  }

  template <class... Order>
  Select& order_by(const Order&... order) & {
    (query_.order_by.push_back(order_of(order)), ...);
    return *this;
  }
  template <class... Order>
  Select&& order_by(const Order&... order) && {
    return std::move(order_by(order...));
  }
  template <detail::Operand... Of>
  Select&& group_by(const Of&... of) && {
    (query_.group_by.push_back(of.fragment()), ...);
    return std::move(*this);
  }
  template <class Condition>
  Select&& having(const Condition& condition) && {
    db::append(query_.having, " AND ", condition_of<Condition>(condition));
    return std::move(*this);
  }
  Select& limit(std::int64_t rows) & {
    query_.limit = rows;
    return *this;
  }
  Select&& limit(std::int64_t rows) && { return std::move(limit(rows)); }
  Select& offset(std::int64_t rows) & {
    query_.offset = rows;
    return *this;
  }
  Select&& offset(std::int64_t rows) && { return std::move(offset(rows)); }
  Select&& distinct() && {
    query_.distinct = true;
    return std::move(*this);
  }
  /// The rows are locked until the transaction ends (SQLite: the whole database).
  Select&& with_for_update(bool skip_locked = false) && {
    query_.for_update = true;
    query_.skip_locked = skip_locked;
    return std::move(*this);
  }

  const db::Query& query() const& { return query_; }
  db::Query query() && { return std::move(query_); }

 private:
  template <class Condition>
  static db::Fragment condition_of(const Condition& condition) {
    detail::check_condition<Condition, Models>();
    return condition.fragment();
  }
  template <class Other, class Condition>
  auto joined(const Condition& on, bool outer) const {
    using All = typename detail::Union<Models, Other>::type;
    detail::check_condition<Condition, All>();
    auto query = query_;
    query.joins.push_back({&detail::table_of<Other>(), on.fragment(), outer});
    return Select<Row, All>(std::move(query));
  }
  template <class Order>
  static db::Fragment order_of(const Order& order) {
    constexpr bool known = detail::is_subset<typename Order::models, Models>;
    static_assert(known, "plinth: order_by names a column of a model that is not selected from");
    if constexpr (detail::Operand<Order>) {
      return order.fragment();
    } else {
      return order.sql;
    }
  }

  db::Query query_;
};

/// Rows of a model; with several models, tuples of them.
template <class M, class... More>
auto select() {
  db::Query query;
  query.table = &detail::table_of<M>();
  query.add_columns(*query.table);
  (query.add_columns(detail::table_of<More>()), ...);
  if constexpr (sizeof...(More) == 0) {
    return Select<M, detail::TypeList<M>>(std::move(query));
  } else {
    return Select<std::tuple<M, More...>, detail::TypeList<M>>(std::move(query));
  }
}

/// Columns and expressions, from the table of M: one gives its value, several a std::tuple.
template <class M, detail::Operand First, detail::Operand... More>
auto select(const First& first, const More&... more) {
  db::Query query;
  query.table = &detail::table_of<M>();
  query.columns = {first.fragment(), more.fragment()...};
  if constexpr (sizeof...(More) == 0) {
    return Select<typename First::value_type, detail::TypeList<M>>(std::move(query));
  } else {
    using Row = std::tuple<typename First::value_type, typename More::value_type...>;
    return Select<Row, detail::TypeList<M>>(std::move(query));
  }
}

// What insert, update and delete share. Row: what RETURNING gives, void without.
namespace detail {
template <class M, class Row>
class Change {
 public:
  using row_type = Row;

  explicit Change(db::Query query) : query_(std::move(query)) {}
  const db::Query& query() const& { return query_; }
  db::Query query() && { return std::move(query_); }

  template <Operand First, Operand... More>
  auto returned(const First& first, const More&... more) && {
    query_.columns = {first.fragment(), more.fragment()...};
    if constexpr (sizeof...(More) == 0) {
      return Change<M, typename First::value_type>(std::move(query_));
    } else {
      return Change<M, std::tuple<typename First::value_type, typename More::value_type...>>(
          std::move(query_));
    }
  }
  auto returned() && {
    query_.add_columns(table_of<M>());
    return Change<M, M>(std::move(query_));
  }

 protected:
  template <class Assignment>
  static db::Assignment assignment_of(const Assignment& assignment) {
    constexpr bool own = is_subset<typename Assignment::models, TypeList<M>>;
    static_assert(own, "plinth: this assigns to a column of another model");
    return assignment.row;
  }
  db::Query query_;
};
}  // namespace detail

template <class M>
class Insert : public detail::Change<M, void> {
 public:
  using detail::Change<M, void>::Change;

  /// One row; may be called again for more, with the same columns.
  template <class... Assignment>
  Insert&& values(const Assignment&... assignment) && {
    this->query_.values.push_back({this->assignment_of(assignment)...});
    return std::move(*this);
  }
  /// A row that is in the way stays, and nothing is inserted or returned. Columns: of which unique
  /// index; none means any.
  template <detail::Operand... Of>
  Insert&& on_conflict_do_nothing(const Of&... column) && {
    this->query_.on_conflict_do_nothing = true;
    (this->query_.conflict_columns.push_back(column.name()), ...);
    return std::move(*this);
  }
  /// Of these columns; without any, of the whole row.
  template <detail::Operand... Of>
  auto returning(const Of&... of) && {
    return std::move(*this).returned(of...);
  }
};

template <class M>
class Update : public detail::Change<M, void> {
 public:
  using detail::Change<M, void>::Change;

  template <class... Assignment>
  Update&& set(const Assignment&... assignment) && {
    this->query_.values.resize(1);
    (this->query_.values[0].push_back(this->assignment_of(assignment)), ...);
    return std::move(*this);
  }
  template <class Condition>
  Update&& where(const Condition& condition) && {
    detail::check_condition<Condition, detail::TypeList<M>>();
    this->query_.add_where(condition.fragment());
    return std::move(*this);
  }
  template <detail::Operand... Of>
  auto returning(const Of&... of) && {
    return std::move(*this).returned(of...);
  }
};

template <class M>
class Delete : public detail::Change<M, void> {
 public:
  using detail::Change<M, void>::Change;

  template <class Condition>
  Delete&& where(const Condition& condition) && {
    detail::check_condition<Condition, detail::TypeList<M>>();
    this->query_.add_where(condition.fragment());
    return std::move(*this);
  }
  template <detail::Operand... Of>
  auto returning(const Of&... of) && {
    return std::move(*this).returned(of...);
  }
};

template <class M>
auto insert() {
  return Insert<M>({.kind = db::Query::Kind::insert, .table = &detail::table_of<M>()});
}
/// Inserts these objects; what was not given is left to the database.
template <detail::Model M>
auto insert(const M& object) {
  db::Query query{.kind = db::Query::Kind::insert, .table = &detail::table_of<M>()};
  query.values.push_back(db::given_values(*query.table, &object));
  return Insert<M>(std::move(query));
}
template <class M>
auto update() {
  return Update<M>({.kind = db::Query::Kind::update, .table = &detail::table_of<M>()});
}
template <class M>
auto delete_from() {
  return Delete<M>({.kind = db::Query::Kind::delete_, .table = &detail::table_of<M>()});
}

/// SQL as it stands, for what the typed queries cannot say. Each '?' is a parameter; a literal '?'
/// is written "??". `Row` is what a row gives: a value, a std::tuple, a model, or nothing.
template <class Row>
class TextQuery {
 public:
  using row_type = Row;

  explicit TextQuery(db::Query query) : query_(std::move(query)) {}
  const db::Query& query() const& { return query_; }
  db::Query query() && { return std::move(query_); }

 private:
  db::Query query_;
};

template <class Row = void, class... Value>
auto text(std::string_view sql, const Value&... value) {
  db::Query query{.kind = db::Query::Kind::text, .text = std::string(sql)};
  (query.arguments.push_back(detail::argument(value)), ...);
  return TextQuery<Row>(std::move(query));
}

namespace detail {
template <class Q>
concept Statement = requires(const Q& q) {
  typename Q::row_type;
  { q.query() } -> std::convertible_to<db::Query>;
};
template <class Q>
concept Returning = Statement<Q> && !std::is_void_v<typename Q::row_type>;
}  // namespace detail

}  // namespace plinth
