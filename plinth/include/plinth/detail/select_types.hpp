// What a select is, as types: the models it speaks of, its rows, what it may stand for. Included by
// select.hpp.
#pragma once

#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plinth/detail/column_ref.hpp"
#include "plinth/detail/row.hpp"

namespace plinth::detail {

// What a select speaks of, as types. Each list holds models and aliases.
template <class From, class Shown, class Whole, class Outer>
struct Scope {
  using from = From;    // it selects from these
  using shown = Shown;  // its columns are of these
  using whole = Whole;  // of these it gives whole objects, so they may not be missing
  using outer = Outer;  // of the query around it
  using visible = typename UnionOf<From, Outer>::type;
  template <class Other>
  using With = Scope<typename Union<From, Other>::type, Shown, Whole, Outer>;
  template <class... Around>
  using Within = Scope<From, Shown, Whole, typename Union<Outer, Around...>::type>;
};

// Models, std::optional of one, and entity<> of one, in the list of what a select gives.
template <class Source>
struct Whole {
  using row = typename SourceOf<Source>::model;
  using source = Source;
  using whole = TypeList<Source>;
};
template <class Source>
struct Whole<std::optional<Source>> {
  using row = std::optional<typename SourceOf<Source>::model>;
  using source = Source;
  using whole = TypeList<>;
};

template <class Source>
struct Entity {
  using shape = Whole<Source>;
  using value_type = typename shape::row;
  using models = TypeList<typename shape::source>;
  using whole = typename shape::whole;
  db::Fragment fragment() const {
    using From = typename shape::source;
    return db::columns_fragment(table_of<typename SourceOf<From>::model>(), SourceOf<From>::name());
  }
};

template <class Given>
struct WholeOf {
  using type = TypeList<>;
};
template <class Source>
struct WholeOf<Entity<Source>> {
  using type = typename Entity<Source>::whole;
};

template <class... Given>
struct RowOf {
  using type = std::tuple<typename Given::value_type...>;
};
template <class Only>
struct RowOf<Only> {
  using type = typename Only::value_type;
};

template <class... List>
struct UnionAll {
  using type = TypeList<>;
};
template <class First, class... Rest>
struct UnionAll<First, Rest...> : UnionOf<First, typename UnionAll<Rest...>::type> {};

// The values of a row one by one: a model's columns, a tuple's items.
template <class Row>
struct Flat {
  using type = TypeList<Row>;
};
template <class Columns>
struct HeldBy;
template <class... C>
struct HeldBy<TypeList<C...>> {
  using type = TypeList<typename C::value_type...>;
};
template <Model M>
struct Flat<M> : HeldBy<decltype(visit_members(std::declval<M&>(), [](auto&... member) {
  return TypeList<std::remove_cvref_t<decltype(member)>...>{};
}))> {};
template <class A, class B>
struct Concat;
template <class... A, class... B>
struct Concat<TypeList<A...>, TypeList<B...>> {
  using type = TypeList<A..., B...>;
};
template <>
struct Flat<std::tuple<>> {
  using type = TypeList<>;
};
template <class First, class... Rest>
struct Flat<std::tuple<First, Rest...>>
    : Concat<typename Flat<First>::type, typename Flat<std::tuple<Rest...>>::type> {};

// A value of type From may be kept in a column of type To.
template <class To, class From>
inline constexpr bool keeps =
    are_comparable<Bare<To>, Bare<From>> && (is_nullable<To> || !is_nullable<From>) &&
    !(std::is_integral_v<Bare<To>> && std::is_floating_point_v<Bare<From>>);
template <class To, class From>
inline constexpr bool keeps_all = false;
template <class... To, class... From>
  requires(sizeof...(To) == sizeof...(From))
inline constexpr bool keeps_all<TypeList<To...>, TypeList<From...>> = (keeps<To, From> && ...);

template <class M, class Query>
constexpr void check_shape() {
  constexpr bool fits =
      keeps_all<typename Flat<M>::type, typename Flat<typename Query::row_type>::type>;
  static_assert(fits,
                "plinth: the columns of this select are not those of the model that names them, in "
                "their order and types");
}

// By the foreign key of this member: the two sides, and which of them is to be joined.
template <class Column>
struct Target;
template <class T, auto... R>
struct Target<plinth::Column<T, R...>> {
  template <class Rule>
  struct Of {
    using type = TypeList<>;
  };
  template <auto Pointer>
  struct Of<References<Pointer>> {
    using type = TypeList<std::integral_constant<decltype(Pointer), Pointer>>;
  };
  using type = typename UnionAll<typename Of<std::remove_cvref_t<decltype(R)>>::type...>::type;
};
template <auto Pointer>
consteval auto foreign_target() {
  using Found = typename Target<MemberOf<Pointer>>::type;
  static_assert(!std::same_as<Found, TypeList<>>,
                "plinth: this column has no foreign_key<>; say what to join on");
  if constexpr (!std::same_as<Found, TypeList<>>) {
    return []<class One>(TypeList<One>) { return One::value; }(Found{});
  }
}

}  // namespace plinth::detail
