// insert, update, delete_from. Included by query.hpp.
#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/functions.hpp"
#include "plinth/detail/select.hpp"

namespace plinth {

// What insert, update and delete share. Row: what RETURNING gives, void without.
namespace detail {

template <class M, class Row>
class Change {
 public:
  using row_type = Row;

  explicit Change(db::Query query) : query_(std::move(query)) {}
  const db::Query& query() const& { return query_; }
  db::Query query() && { return std::move(query_); }

 protected:
  template <Operand First, Operand... More>
  auto returned(const First& first, const More&... more) && {
    static_assert(is_subset<typename AllModels<First, More...>::type, TypeList<M>>,
                  "plinth: returning names a column of another model");
    query_.columns = {first.fragment(), more.fragment()...};
    return Change<M, typename RowOf<First, More...>::type>(std::move(query_));
  }
  auto returned() && {
    query_.add_columns(table_of<M>());
    return Change<M, M>(std::move(query_));
  }
  template <class Assignment, class Known = TypeList<M>>
  static db::Assignment assignment_of(const Assignment& assignment) {
    constexpr bool is_one = requires { assignment.row; };
    static_assert(is_one, "plinth: an assignment has one '=': col<&User::email> = email");
    if constexpr (is_one) {
      constexpr bool own = is_subset<typename Assignment::models, Known>;
      static_assert(own, "plinth: this assigns to, or from, a column of another model");
      return assignment.row;
    } else {
      return {};
    }
  }
  db::Query query_;
};

template <class Known, class Column>
constexpr void check_target() {
  static_assert(is_subset<typename Column::models, Known>,
                "plinth: on_conflict names a column of another model");
}

}  // namespace detail

template <class M>
class Upsert;

template <class M>
class Insert : public detail::Change<M, void> {
 public:
  using detail::Change<M, void>::Change;

  /// One row; may be called again for more, with the same columns.
  template <class... Assignment>
  Insert values(const Assignment&... assignment) && {
    this->query_.values.push_back({this->assignment_of(assignment)...});
    return std::move(*this);
  }
  /// A row for each of these, which have all the same columns given. Thousands: bulk_insert.
  Insert values(std::span<const M> objects) && {
    for (const M& object : objects) {
      this->query_.values.push_back(db::given_values(*this->query_.table, &object));
    }
    return std::move(*this);
  }
  Insert values(const std::vector<M>& objects) && {
    return std::move(*this).values(std::span<const M>(objects));
  }
  /// The rows of a select for these columns; defaults made in C++ are added.
  template <class Row, class Scope, detail::Operand... Of>
  Insert from_select(const Select<Row, Scope>& rows, const Of&... column) && {
    constexpr bool fits = detail::keeps_all<detail::TypeList<typename Of::value_type...>,
                                            typename detail::Flat<Row>::type>;
    static_assert(fits,
                  "plinth: from_select: the columns are not of the types that the select "
                  "gives");
    (detail::check_target<detail::TypeList<M>, Of>(), ...);
    this->query_.from = std::make_shared<const db::Query>(rows.query());
    this->query_.insert_columns = {column.name()...};
    return std::move(*this);
  }

  /// A row that is in the way stays, and nothing is inserted or returned. Columns, or an
  /// expression: of which unique index; none means any.
  template <detail::Operand... Of>
  Insert on_conflict_do_nothing(const Of&... column) && {
    (detail::check_target<detail::TypeList<M>, Of>(), ...);
    this->query_.conflict.action = db::Conflict::Action::nothing;
    this->query_.conflict.target = {column.fragment()...};
    return std::move(*this);
  }
  /// A row that is in the way by this unique index is changed: by set(), which must follow.
  template <detail::Operand... Of>
  Upsert<M> on_conflict_do_update(const Of&... column) && {
    static_assert(sizeof...(Of) > 0,
                  "plinth: on_conflict_do_update takes the columns of the unique index");
    (detail::check_target<detail::TypeList<M>, Of>(), ...);
    this->query_.conflict.action = db::Conflict::Action::update;
    this->query_.conflict.target = {column.fragment()...};
    return Upsert<M>(std::move(this->query_));
  }
  /// Of these columns; without any, of the whole row.
  template <detail::Operand... Of>
  auto returning(const Of&... of) && {
    return std::move(*this).returned(of...);
  }
};

/// An insert that changes the row in its way. `excluded<&User::email>` is the value that could not
/// be inserted, `col<&User::email>` that of the row.
template <class M>
class Upsert : public detail::Change<M, void> {
  using Known = detail::TypeList<M, detail::Excluded<M>>;

 public:
  using detail::Change<M, void>::Change;

  template <class... Assignment>
  Upsert set(const Assignment&... assignment) && {
    (this->query_.conflict.set.push_back(
         this->template assignment_of<Assignment, Known>(assignment)),
     ...);
    return std::move(*this);
  }
  /// Only such rows are changed; others stay, and nothing is returned.
  template <class Condition>
  Upsert where(const Condition& condition) && {
    detail::check_condition<Condition, Known>();
    db::append(this->query_.conflict.where, " AND ", condition.fragment());
    return std::move(*this);
  }
  /// The condition of a partial unique index.
  template <class Condition>
  Upsert index_where(const Condition& condition) && {
    detail::check_condition<Condition, detail::TypeList<M>>();
    db::append(this->query_.conflict.index_where, " AND ", condition.fragment());
    return std::move(*this);
  }
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
  Update set(const Assignment&... assignment) && {
    this->query_.values.resize(1);
    (this->query_.values[0].push_back(this->assignment_of(assignment)), ...);
    return std::move(*this);
  }
  template <class Condition>
  Update where(const Condition& condition) && {
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
  Delete where(const Condition& condition) && {
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
/// Inserts this object; what was not given is left to the database.
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

}  // namespace plinth
