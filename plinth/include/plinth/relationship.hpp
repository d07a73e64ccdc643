// Objects that belong to others, loaded by one more query for all of them. Stands for SQLAlchemy's
// selectinload. Nothing is ever loaded by reading a member. Example: docs/queries.md
//
//   auto teams = co_await session.all(select<Team>());
//   auto members = co_await load_many<&Membership::team_id>(session, teams);
//   for (const auto& team : teams) use(team, members[team]);
//
// In one query instead, by a join: select<Membership, User>().join<&Membership::user_id>()
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/session.hpp"

namespace plinth {

namespace detail {

// The two sides of a foreign key.
template <auto ForeignKey>
struct Relation {
  static constexpr auto target = foreign_target<ForeignKey>();
  using Child = OwnerOf<ForeignKey>;
  using Parent = OwnerOf<target>;
  using Key = typename MemberOf<target>::value_type;

  /// Empty when the child has no parent.
  static std::optional<Key> of_child(const Child& child) {
    const auto& value = *(child.*ForeignKey);
    if constexpr (is_nullable<typename MemberOf<ForeignKey>::value_type>) {
      if (!value) return std::nullopt;
      return static_cast<Key>(*value);
    } else {
      return static_cast<Key>(value);
    }
  }
};

// Keys of a query: more would make statements that no cache keeps.
inline constexpr std::size_t keys_max = 500;

template <class Key>
void keep_different(std::vector<Key>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

// Runs `make(keys)` for some of the keys at a time, all in one round trip, and gives each row to
// `take`.
template <class Key, class Make, class Take>
Task<void> load_by_keys(Session& session, std::vector<Key> keys, Make make, Take take) {
  keep_different(keys);
  std::vector<decltype(make(keys))> queries;
  for (std::size_t at = 0; at < keys.size(); at += keys_max) {
    const auto count = std::min(keys_max, keys.size() - at);
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at);
    queries.push_back(make(std::vector<Key>(first, first + static_cast<std::ptrdiff_t>(count))));
  }
  if (queries.empty()) co_return;
  for (auto& rows : co_await session.gather(std::move(queries))) {
    for (auto& row : rows) take(std::move(row));
  }
}

struct NoChange {
  template <class Query>
  void operator()(Query&) const {}
};

// The keys are part of the condition, so a limit would be one for all parents together.
template <class Query>
void check_unlimited(const Query& query) {
  if (query.query().limit || query.query().offset) {
    throw ProgrammingError(
        "load_many and load_one take no limit(): it would count the rows of "
        "all objects together");
  }
}

}  // namespace detail

/// The children of each parent.
template <class Parent, auto ParentKey, class Child>
class Many {
 public:
  using Key = typename detail::MemberOf<ParentKey>::value_type;

  /// Those of this parent, in the order of the query; often none.
  std::span<const Child> operator[](const Parent& parent) const {
    const auto found = groups_.find(*(parent.*ParentKey));
    return found == groups_.end() ? std::span<const Child>()
                                  : std::span<const Child>(found->second);
  }
  void add(const Key& key, Child child) { groups_[key].push_back(std::move(child)); }

 private:
  std::map<Key, std::vector<Child>> groups_;
};

/// The parent of each child.
template <auto ForeignKey>
class One {
  using Of = detail::Relation<ForeignKey>;

 public:
  /// Null where the foreign key is NULL.
  const typename Of::Parent* operator[](const typename Of::Child& child) const {
    const auto key = Of::of_child(child);
    const auto found = key ? parents_.find(*key) : parents_.end();
    return found == parents_.end() ? nullptr : &found->second;
  }
  void add(typename Of::Parent parent) {
    auto key = *(parent.*Of::target);
    parents_.insert_or_assign(std::move(key), std::move(parent));
  }

 private:
  std::map<typename Of::Key, typename Of::Parent> parents_;
};

/// One to many: the objects whose foreign key names one of these parents.
///
/// change  may add to the query: `[](auto& query) { query.order_by(col<&Post::id>); }`
/// cost    one round trip; a query for each 500 parents
template <auto ForeignKey, class Parent, class Change = detail::NoChange>
auto load_many(Session& session, const std::vector<Parent>& parents, Change change = {})
    -> Task<Many<Parent, detail::Relation<ForeignKey>::target,
                 typename detail::Relation<ForeignKey>::Child>> {
  using Of = detail::Relation<ForeignKey>;
  static_assert(std::is_same_v<Parent, typename Of::Parent>,
                "plinth: load_many<&Child::parent_id>(session, parents): these are not objects of "
                "the model that the foreign key refers to");
  Many<Parent, Of::target, typename Of::Child> made;
  std::vector<typename Of::Key> keys;
  for (const auto& parent : parents) keys.push_back(*(parent.*Of::target));
  auto make = [change](std::vector<typename Of::Key> some) {
    auto query = select<typename Of::Child>().where(col<ForeignKey>.in(some));
    change(query);
    detail::check_unlimited(query);
    return query;
  };
  auto take = [&made](typename Of::Child child) {
    auto key = Of::of_child(child);
    made.add(*key, std::move(child));
  };
  co_await detail::load_by_keys(session, std::move(keys), make, take);
  co_return made;
}

/// Many to many: `load_many<&Membership::team_id, &Membership::user_id>(session, teams)` gives the
/// users of each team. Both foreign keys are of the table between.
template <auto ToParent, auto ToOther, class Parent, class Change = detail::NoChange>
auto load_many(Session& session, const std::vector<Parent>& parents, Change change = {}) -> Task<
    Many<Parent, detail::Relation<ToParent>::target, typename detail::Relation<ToOther>::Parent>> {
  using Of = detail::Relation<ToParent>;
  using Other = typename detail::Relation<ToOther>::Parent;
  static_assert(std::is_same_v<Parent, typename Of::Parent>,
                "plinth: load_many<&Link::parent_id, &Link::other_id>(session, parents): these are "
                "not objects of the model that the first foreign key refers to");
  static_assert(std::is_same_v<typename Of::Child, typename detail::Relation<ToOther>::Child>,
                "plinth: load_many: both foreign keys are members of the model between the two");
  Many<Parent, Of::target, Other> made;
  std::vector<typename Of::Key> keys;
  for (const auto& parent : parents) keys.push_back(*(parent.*Of::target));
  auto make = [change](std::vector<typename Of::Key> some) {
    auto query = select<typename Of::Child>(col<ToParent>, entity<Other>)
                     .template join<ToOther>()
                     .where(col<ToParent>.in(some));
    change(query);
    detail::check_unlimited(query);
    return query;
  };
  auto take = [&made](auto row) {
    made.add(static_cast<typename Of::Key>(std::get<0>(row)), std::move(std::get<1>(row)));
  };
  co_await detail::load_by_keys(session, std::move(keys), make, take);
  co_return made;
}

/// Many to one: the object that each child's foreign key names.
template <auto ForeignKey, class Child, class Change = detail::NoChange>
auto load_one(Session& session, const std::vector<Child>& children, Change change = {})
    -> Task<One<ForeignKey>> {
  using Of = detail::Relation<ForeignKey>;
  static_assert(std::is_same_v<Child, typename Of::Child>,
                "plinth: load_one<&Child::parent_id>(session, children): these are not objects of "
                "the model that has the foreign key");
  One<ForeignKey> made;
  std::vector<typename Of::Key> keys;
  for (const auto& child : children) {
    if (auto key = Of::of_child(child)) keys.push_back(std::move(*key));
  }
  auto make = [change](std::vector<typename Of::Key> some) {
    auto query = select<typename Of::Parent>().where(col<Of::target>.in(some));
    change(query);
    detail::check_unlimited(query);
    return query;
  };
  auto take = [&made](typename Of::Parent parent) { made.add(std::move(parent)); };
  co_await detail::load_by_keys(session, std::move(keys), make, take);
  co_return made;
}

}  // namespace plinth
