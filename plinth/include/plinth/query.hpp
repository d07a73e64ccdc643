// Queries, checked by the compiler, with every value bound. Stands for SQLAlchemy's select, insert,
// update, delete and text. How each is written: docs/queries.md, plinth/examples/08_database.cpp
//
//   select<User>().where(lower(col<&User::email>) == lower(email))
//   select<User>(col<&User::id>, col<&User::email>).order_by(desc(col<&User::id>)).limit(10)
//   select<Post, User>().join<&Post::user_id>()
//   select<User>().where(exists(select<Post>().correlate<User>().where(…)))
//   insert<User>().values(col<&User::email> = email, …).returning(col<&User::id>)
//   insert(user).on_conflict_do_update(col<&User::email>).set(…)
//   update<User>().set(col<&User::is_active> = false).where(col<&User::id> == id)
//   delete_from<User>().where(col<&User::is_active> == false)
//   text("UPDATE users SET is_active = ? WHERE id = ?", false, 7)
//
// Conditions join by && || and !. A query is a value: it may be kept, copied and built in steps.
// Both engines give the same rows: NULL is larger than any value in an order, division by zero is
// NULL, LIKE minds letter case.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/change.hpp"
#include "plinth/detail/column_ref.hpp"
#include "plinth/detail/expression.hpp"
#include "plinth/detail/functions.hpp"
#include "plinth/detail/row.hpp"
#include "plinth/detail/select.hpp"

namespace plinth {

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
