// select, and what it may stand in: exists, in, union_all, another select. Included by query.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/row.hpp"
#include "plinth/detail/select_types.hpp"

namespace plinth {

/// A whole object among other things: `select<User>(entity<User>, count(col<&Post::id>))`; with
/// std::optional for what was joined by outer_join.
template <class Source>
inline constexpr detail::Entity<Source> entity;

template <class Row>
class Compound;

/// A select that gives rows of type Row: a model, a value, or a std::tuple of them.
template <class Row, class Scope>
class Select {
  using From = typename Scope::from;

 public:
  using row_type = Row;
  using outer = typename Scope::outer;

  explicit Select(db::Query query) : query_(std::move(query)) {}

  /// Several calls join by AND.
  template <class Condition>
  Select& where(const Condition& condition) & {
    query_.add_where(condition_of<Condition>(condition));
    return *this;
  }
  template <class Condition>
  Select where(const Condition& condition) && {
    return std::move(where(condition));
  }

  /// Rows of `Other`, a model or an alias, that fit each row; `on` says which.
  template <class Other, class Condition>
  auto join(const Condition& on) const {
    return joined<Other>(source_of<Other>(), on, db::Join::Kind::inner);
  }
  /// Rows without any in `Other` stay: select std::optional<Other>.
  template <class Other, class Condition>
  auto outer_join(const Condition& on) const {
    check_may_miss<Other>();
    return joined<Other>(source_of<Other>(), on, db::Join::Kind::outer);
  }
  /// The other side of a foreign key: `select<Post>().join<&Post::user_id>()`.
  template <auto ForeignKey>
  auto join() const {
    return joined_by<ForeignKey, db::Join::Kind::inner>();
  }
  template <auto ForeignKey>
  auto outer_join() const {
    return joined_by<ForeignKey, db::Join::Kind::outer>();
  }
  /// Rows of another select, which gives the columns of `Other`.
  template <class Other, class Query, class Condition>
  auto join(const Query& rows, const Condition& on) const {
    return joined<Other>(source_of<Other>(rows), on, db::Join::Kind::inner);
  }
  template <class Other, class Query, class Condition>
  auto outer_join(const Query& rows, const Condition& on) const {
    check_may_miss<Other>();
    return joined<Other>(source_of<Other>(rows), on, db::Join::Kind::outer);
  }
  /// Every row with every row.
  template <class Other>
  auto cross_join() const {
    auto query = query_;
    query.joins.push_back({source_of<Other>(), {}, db::Join::Kind::cross});
    return Select<Row, typename Scope::template With<Other>>(std::move(query));
  }

  /// Instead of the table: the rows of another select, which gives the model's columns.
  template <class Query>
  Select from(const Query& rows) && {
    using Model = typename decltype(first_of(From{}))::type;
    query_.from = rows_for<Model>(rows);
    return std::move(*this);
  }
  /// A common table expression: in this query `Rows` names the rows of `rows`.
  template <class Rows, class Query>
  Select with(const Query& rows) && {
    query_.with.push_back({&detail::table_of<Rows>(), rows_for<Rows>(rows)});
    return std::move(*this);
  }
  /// The rows of `base`, and again and again what `step` finds from those it found last.
  template <class Rows, class Base, class Step>
  Select with_recursive(const Base& base, const Step& step) && {
    query_.with.push_back({&detail::table_of<Rows>(), rows_for<Rows>(base), rows_for<Rows>(step)});
    return std::move(*this);
  }
  /// Names columns of these models of the query around it.
  template <class... Around>
  auto correlate() const {
    return Select<Row, typename Scope::template Within<Around...>>(query_);
  }

  template <class... Order>
  Select& order_by(const Order&... order) & {
    (query_.order_by.push_back(order_of(order)), ...);
    return *this;
  }
  template <class... Order>
  Select order_by(const Order&... order) && {
    return std::move(order_by(order...));
  }
  template <detail::Operand... Of>
  Select group_by(const Of&... of) && {
    static_assert((detail::is_subset<typename Of::models, typename Scope::visible> && ...),
                  "plinth: group_by names a column of a model that is not selected from");
    (query_.group_by.push_back(of.fragment()), ...);
    return std::move(*this);
  }
  template <class Condition>
  Select having(const Condition& condition) && {
    db::append(query_.having, " AND ", condition_of<Condition>(condition));
    return std::move(*this);
  }
  Select& limit(std::int64_t rows) & {
    query_.limit = rows;
    return *this;
  }
  Select limit(std::int64_t rows) && { return std::move(limit(rows)); }
  Select& offset(std::int64_t rows) & {
    query_.offset = rows;
    return *this;
  }
  Select offset(std::int64_t rows) && { return std::move(offset(rows)); }
  Select distinct() && {
    query_.distinct = true;
    return std::move(*this);
  }
  /// The rows, of all models or of these, are locked until the transaction ends (SQLite: the whole
  /// database). `with_for_update<Job>({.skip_locked = true})`
  template <class... Of>
  Select with_for_update(db::ForUpdate how = {}) && {
    static_assert(detail::is_subset<detail::TypeList<Of...>, From>,
                  "plinth: with_for_update names a model that is not selected from");
    query_.for_update = how;
    query_.for_update_of = {detail::SourceOf<Of>::name()...};
    return std::move(*this);
  }

  /// Its one value as a part of an expression; NULL where there is no row.
  auto scalar_subquery() const {
    static_assert((std::same_as<typename detail::Flat<Row>::type, detail::TypeList<Row>>),
                  "plinth: scalar_subquery() is for a select of one column");
    return Expression<std::optional<detail::Bare<Row>>, outer>(db::subquery_fragment(part()));
  }

  const db::Query& query() const& {
    check_alone();
    return query_;
  }
  db::Query query() && {
    check_alone();
    return std::move(query_);
  }
  /// To stand inside of another query.
  const db::Query& part() const {
    check_shown();
    return query_;
  }

 private:
  static constexpr void check_shown() {
    constexpr bool known = detail::is_subset<typename Scope::shown, typename Scope::visible>;
    static_assert(known,
                  "plinth: this select gives columns of a model that it does not select from; join "
                  "it");
  }
  static constexpr void check_alone() {
    check_shown();
    static_assert(std::same_as<outer, detail::TypeList<>>,
                  "plinth: a correlated select stands inside of another query only");
  }
  template <class Other>
  static constexpr void check_may_miss() {
    constexpr bool may = !detail::is_subset<detail::TypeList<Other>, typename Scope::whole>;
    static_assert(may,
                  "plinth: after outer_join the other object may be missing: select "
                  "std::optional<Model> of it");
  }
  template <class First, class... Rest>
  static std::type_identity<First> first_of(detail::TypeList<First, Rest...>);

  template <class Condition>
  static db::Fragment condition_of(const Condition& condition) {
    detail::check_condition<Condition, typename Scope::visible>();
    return condition.fragment();
  }
  template <class Other>
  static db::Source source_of() {
    using Of = detail::SourceOf<Other>;
    return {.table = &detail::table_of<typename Of::model>(), .name = Of::name()};
  }
  template <class Other, class Query>
  static db::Source source_of(const Query& rows) {
    auto source = source_of<Other>();
    source.query = rows_for<Other>(rows);
    return source;
  }
  template <class Rows, class Query>
  static db::QueryPtr rows_for(const Query& rows) {
    detail::check_shape<typename detail::SourceOf<Rows>::model, Query>();
    return std::make_shared<const db::Query>(rows.part());
  }
  template <class Other, class Condition>
  auto joined(db::Source source, const Condition& on, db::Join::Kind kind) const {
    using Wider = typename Scope::template With<Other>;
    detail::check_condition<Condition, typename Wider::visible>();
    return added<Other>(std::move(source), on.fragment(), kind);
  }
  template <class Other>
  auto added(db::Source source, db::Fragment on, db::Join::Kind kind) const {
    auto query = query_;
    query.joins.push_back({std::move(source), std::move(on), kind});
    return Select<Row, typename Scope::template With<Other>>(std::move(query));
  }
  template <auto ForeignKey, db::Join::Kind Kind>
  auto joined_by() const {
    constexpr auto target = detail::foreign_target<ForeignKey>();
    using Owner = detail::OwnerOf<ForeignKey>;
    using Other = detail::OwnerOf<target>;
    constexpr bool has_owner = detail::is_subset<detail::TypeList<Owner>, From>;
    constexpr bool has_other = detail::is_subset<detail::TypeList<Other>, From>;
    static_assert(has_owner != has_other,
                  "plinth: a join by a foreign key starts from one of its two models and adds the "
                  "other; between aliases say what to join on");
    using Added = std::conditional_t<has_owner, Other, Owner>;
    if constexpr (Kind == db::Join::Kind::outer) check_may_miss<Added>();
    return joined<Added>(source_of<Added>(), col<ForeignKey> == col<target>, Kind);
  }
  template <class Order>
  static db::Order order_of(const Order& order) {
    constexpr bool known = detail::is_subset<typename Order::models, typename Scope::visible>;
    static_assert(known, "plinth: order_by names a column of a model that is not selected from");
    if constexpr (detail::Operand<Order>) {
      return order.asc();
    } else {
      return order;
    }
  }

  db::Query query_;
};

namespace detail {
template <class From, class... Given>
auto selected(const Given&... given) {
  using Source = SourceOf<From>;
  db::Query query;
  query.table = &table_of<typename Source::model>();
  query.name = Source::name();
  query.columns = {given.fragment()...};
  using Shown = typename UnionAll<typename Given::models...>::type;
  using Whole = typename UnionAll<typename WholeOf<Given>::type...>::type;
  return Select<typename RowOf<Given...>::type, Scope<TypeList<From>, Shown, Whole, TypeList<>>>(
      std::move(query));
}
}  // namespace detail

/// Rows of a model; with several models, tuples of them: each must then be joined. After
/// outer_join: std::optional of the model.
template <class M, class... More>
auto select() {
  return detail::selected<typename detail::Whole<M>::source>(entity<M>, entity<More>...);
}

/// Columns, expressions and entities, from the table of M: one gives its value, several a
/// std::tuple.
template <class M, detail::Operand First, detail::Operand... More>
auto select(const First& first, const More&... more) {
  return detail::selected<M>(first, more...);
}

/// True where the select has a row; see Select::correlate.
template <class Query>
auto exists(const Query& query) {
  return Expression<bool, typename Query::outer>(
      db::wrapped("EXISTS ", db::subquery_fragment(query.part()), ""));
}

/// Rows of several selects of the same columns. To order them: `select<M>().from(union_all(...))`.
template <class Row>
class Compound {
 public:
  using row_type = Row;
  using outer = detail::TypeList<>;

  explicit Compound(db::Query query) : query_(std::move(query)) {}
  const db::Query& query() const& { return query_; }
  db::Query query() && { return std::move(query_); }
  const db::Query& part() const { return query_; }

 private:
  db::Query query_;
};

namespace detail {
template <class First, class... Rest>
auto compound(std::string_view between, const First& first, const Rest&... rest) {
  constexpr bool alike = (keeps_all<typename Flat<typename First::row_type>::type,
                                    typename Flat<typename Rest::row_type>::type> &&
                          ...);
  static_assert(alike, "plinth: the selects of a union give the same columns, in one order");
  db::Query query{.kind = db::Query::Kind::compound};
  query.parts = {std::make_shared<const db::Query>(first.query()),
                 std::make_shared<const db::Query>(rest.query())...};
  query.between = between;
  return Compound<typename First::row_type>(std::move(query));
}
}  // namespace detail

/// Without those that are there twice.
template <class First, class... Rest>
auto union_(const First& first, const Rest&... rest) {
  return detail::compound(" UNION ", first, rest...);
}
template <class First, class... Rest>
auto union_all(const First& first, const Rest&... rest) {
  return detail::compound(" UNION ALL ", first, rest...);
}
template <class First, class... Rest>
auto intersect(const First& first, const Rest&... rest) {
  return detail::compound(" INTERSECT ", first, rest...);
}
template <class First, class... Rest>
auto except(const First& first, const Rest&... rest) {
  return detail::compound(" EXCEPT ", first, rest...);
}

}  // namespace plinth
