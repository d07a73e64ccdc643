// Lists by pages: X-Total-Count, Link (RFC 8288), limit and offset or a cursor, an order and
// filters from allow-listed fields. Stands for fastapi-pagination. Example:
// plinth/examples/09_pagination.cpp
//
//   inline constexpr auto user_order = Orderable<&User::created_at, &User::email>();
//   struct UserFilter { std::optional<bool> is_active; };
//
//   Task<std::vector<UserRead>> list_users(QueryFields<PageParams> page,
//                                          QueryFields<UserFilter> filter, SessionDep session,
//                                          const Request& request, Response& response) {
//     auto query = filter_by(select<User>(), *filter);
//     co_return to<std::vector<UserRead>>(
//         co_await paginate(*session, query, user_order, *page, request, response));
//   }
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/http.hpp"
#include "plinth/schema.hpp"
#include "plinth/session.hpp"

namespace plinth {

/// The parameters of a list. For other bounds write a struct with the same members.
struct PageParams {
  Int<ge(1), le(100), defaults_to(20), description("Most items of a page")> limit;
  Int<ge(0), defaults_to(0), description("Items before the page")> offset;
  std::optional<Str<max_length(1000), description("A page that Link names; empty: the first")>>
      cursor;
  std::optional<Str<max_length(200), description("Fields, separated by commas; -field descends")>>
      order_by;
};

struct PageOptions {
  std::string_view default_order = {};  // as ?order_by=; empty: by the primary key
  bool total = true;                    // X-Total-Count and the last page cost a count(*)
  // Signs cursors: 32 random bytes or more, the application's secret. Without it a cursor that was
  // tampered with is found out unless whoever did it knows how cursors are made. It could only name
  // another place of the same list.
  std::string_view secret = {};
};

namespace detail {

struct OrderField {
  std::string_view name;    // of the member: what a client writes
  std::string_view column;  // in the database
};

template <class T>
inline constexpr bool can_order_by =
    !std::same_as<Bare<T>, Json> && !is_vector<Bare<T>> && !std::same_as<Bare<T>, Bytes>;

// The page that a request asks for; throws HttpError 422 for what it may not ask.
class Pager {
 public:
  struct Asked {
    std::int64_t limit;
    std::int64_t offset;
    std::optional<std::string> cursor;
    std::optional<std::string> order_by;
  };

  Pager(Asked asked, const db::Table& table, std::span<const OrderField> fields,
        const PageOptions& options);
  ~Pager();
  Pager(Pager&&) noexcept;

  /// The query of the page, with one row more than fit.
  db::Query page(db::Query query) const;
  db::Query total(db::Query query) const;
  /// Rows came last first.
  bool is_reversed() const;
  std::size_t limit() const;
  /// `first` and `last` row of the page; null when it is empty.
  void describe(const Request& request, Response& response, bool more,
                std::optional<std::int64_t> total, const void* first, const void* last) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class Params>
Pager::Asked asked_page(const Params& params) {
  Pager::Asked asked{
      .limit = *params.limit, .offset = *params.offset, .cursor = {}, .order_by = {}};
  if (params.cursor) asked.cursor = std::string(**params.cursor);
  if (params.order_by) asked.order_by = std::string(**params.order_by);
  return asked;
}

template <class Row>
const void* address_of_model(const Row& row) {
  if constexpr (is_tuple<Row>) {
    return &std::get<0>(row);
  } else {
    return &row;
  }
}
template <class Row>
struct PagedModel {
  using type = Row;
};
template <class First, class... Rest>
struct PagedModel<std::tuple<First, Rest...>> {
  using type = First;
};

// SELECT count(*)
using Counting = Compound<std::int64_t>;

// Adds the condition for one member of a filter, if it was given.
template <class M, class Filter, std::size_t I, class Query>
void filter_member(Query& query, const Filter& filter) {
  constexpr std::size_t index = member_index<M>(member_name<Filter>(I));
  constexpr bool known = index < static_cast<std::size_t>(member_count<M>());
  static_assert(known, "plinth: filter_by: the model has no column of this member's name");
  if constexpr (known) {
    using Held = MemberType<M, index>;
    constexpr ColumnRef<M, typename Held::value_type> column(
        Held::column_name_or(member_name<M>(index)));
    const auto& value = unwrapped(visit_members(filter, [](const auto&... member) -> const auto& {
      return std::get<I>(std::tie(member...));
    }));
    using Value = std::remove_cvref_t<decltype(value)>;
    static_assert(is_optional<Value> || is_vector<Value>,
                  "plinth: filter_by: members of a filter are std::optional (equal to) or "
                  "std::vector (one of)");
    if constexpr (is_optional<Value>) {
      if (value) query.where(column == unwrapped(*value));
    } else if constexpr (is_vector<Value>) {
      if (!value.empty()) query.where(column.in(value));
    }
  }
}

}  // namespace detail

/// What `?order_by=` may name: columns of one model, by the names of its members.
template <auto First, auto... More>
struct Orderable {
  using model = detail::OwnerOf<First>;
  static_assert((std::same_as<model, detail::OwnerOf<More>> && ...),
                "plinth: Orderable takes columns of one model");
  static_assert(detail::can_order_by<typename detail::MemberOf<First>::value_type> &&
                    (detail::can_order_by<typename detail::MemberOf<More>::value_type> && ...),
                "plinth: a list is not ordered by JSON, bytes or arrays");
  static constexpr std::array<detail::OrderField, 1 + sizeof...(More)> fields{
      detail::OrderField{detail::name_of<First>, col<First>.name()},
      detail::OrderField{detail::name_of<More>, col<More>.name()}...};
};

/// `query` where each member of `filter` that was given equals the column of its name; a
/// std::vector: is one of them, unless it is empty.
template <class Row, class Scope, class Filter>
Select<Row, Scope> filter_by(Select<Row, Scope> query, const Filter& filter) {
  using M = typename detail::PagedModel<Row>::type;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (detail::filter_member<M, Filter, I>(query, filter), ...);
  }(std::make_index_sequence<static_cast<std::size_t>(detail::member_count<Filter>())>());
  return query;
}

/// One page of `query`, whose rows are models, or tuples that begin with one. Sets the response's
/// X-Total-Count and Link. Without `?cursor=` pages are counted by offset; with it they follow the
/// rows themselves, so that none is seen twice or missed when others come and go.
///
/// query   without order_by, limit and offset of its own
/// throws  HttpError 422, in FastAPI's shape, for an order or a cursor that may not be asked for
/// Source: RFC 8288 3; links are relative references (RFC 3986 4.2): see docs/pagination.md
template <class Row, class Scope, auto... Field, class Params>
Task<std::vector<Row>> paginate(Session& session, Select<Row, Scope> query, Orderable<Field...>,
                                const Params& params, const Request& request, Response& response,
                                PageOptions options = {}) {
  using M = typename detail::PagedModel<Row>::type;
  static_assert(std::same_as<M, typename Orderable<Field...>::model>,
                "plinth: paginate: the rows must be, or begin with, the model that is ordered by");
  const detail::Pager pager(detail::asked_page(params), detail::table_of<M>(),
                            Orderable<Field...>::fields, options);
  Select<Row, Scope> page(pager.page(query.query()));
  std::optional<std::int64_t> total;
  std::vector<Row> rows;
  if (options.total) {
    detail::Counting count(pager.total(std::move(query).query()));
    auto both = co_await session.gather(std::move(count), std::move(page));
    total = std::get<0>(both).at(0);
    rows = std::move(std::get<1>(both));
  } else {
    rows = co_await session.all(std::move(page));
  }
  const bool more = rows.size() > pager.limit();
  if (more) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(pager.limit()), rows.end());
  if (pager.is_reversed()) {
    for (std::size_t i = 0, j = rows.size(); i + 1 < j; ++i) std::swap(rows[i], rows[--j]);
  }
  const bool none = rows.empty();
  pager.describe(request, response, more, total,
                 none ? nullptr : detail::address_of_model(rows.front()),
                 none ? nullptr : detail::address_of_model(rows.back()));
  co_return rows;
}

}  // namespace plinth
