// Tables of optional, vector, set, map, tuple, pair and variant. Included by types.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/detail/blank.hpp"
#include "plinth/detail/type.hpp"
#include "plinth/detail/types.hpp"

namespace plinth::detail {

template <class T>
struct TypeOf<std::optional<T>> {
  using Whole = std::optional<T>;
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::optional);
      made.element = &type_of<T>;
      made.container.size = [](const void* p) -> std::size_t {
        return static_cast<const Whole*>(p)->has_value() ? 1 : 0;
      };
      made.container.clear = [](void* p) { static_cast<Whole*>(p)->reset(); };
      made.container.append = [](void* p) -> void* {
        return &static_cast<Whole*>(p)->emplace(blank_value<T>());
      };
      made.container.at = [](const void* p, std::size_t) -> const void* {
        return &**static_cast<const Whole*>(p);
      };
      return made;
    }();
    return type;
  }
};

template <class T>
struct TypeOf<std::vector<T>> {
  using Whole = std::vector<T>;
  static_assert(!std::is_same_v<T, bool>,
                "plinth: std::vector<bool> has no items to point at; use std::vector<Bool<>>");
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::list);
      made.element = &type_of<T>;
      made.container.size = [](const void* p) { return static_cast<const Whole*>(p)->size(); };
      made.container.clear = [](void* p) { static_cast<Whole*>(p)->clear(); };
      made.container.append = [](void* p) -> void* {
        return &static_cast<Whole*>(p)->emplace_back(blank_value<T>());
      };
      made.container.at = [](const void* p, std::size_t i) -> const void* {
        return &(*static_cast<const Whole*>(p))[i];
      };
      return made;
    }();
    return type;
  }
};

template <class T>
struct TypeOf<std::set<T>> {
  using Whole = std::set<T>;
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::set);
      made.element = &type_of<T>;
      made.container.size = [](const void* p) { return static_cast<const Whole*>(p)->size(); };
      made.container.clear = [](void* p) { static_cast<Whole*>(p)->clear(); };
      made.container.insert_item = [](void* p, void* item) {
        return static_cast<Whole*>(p)->insert(std::move(*static_cast<T*>(item))).second;
      };
      made.container.each = [](const void* p, void* context,
                               void (*visit)(void*, const void*, const void*)) {
        for (const T& item : *static_cast<const Whole*>(p)) visit(context, nullptr, &item);
      };
      return made;
    }();
    return type;
  }
};

template <class K, class T>
struct TypeOf<std::map<K, T>> {
  using Whole = std::map<K, T>;
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::map);
      made.key = &type_of<K>;
      made.element = &type_of<T>;
      made.container.size = [](const void* p) { return static_cast<const Whole*>(p)->size(); };
      made.container.clear = [](void* p) { static_cast<Whole*>(p)->clear(); };
      made.container.insert = [](void* p, void* key) -> void* {
        return &static_cast<Whole*>(p)
                    ->insert_or_assign(std::move(*static_cast<K*>(key)), blank_value<T>())
                    .first->second;
      };
      made.container.each = [](const void* p, void* context,
                               void (*visit)(void*, const void*, const void*)) {
        for (const auto& [key, value] : *static_cast<const Whole*>(p)) visit(context, &key, &value);
      };
      return made;
    }();
    return type;
  }
};

template <class Whole, class... T>
struct TupleTypeOf {
  static constexpr std::array<TypeFn, sizeof...(T)> items{&type_of<T>...};
  template <std::size_t... I>
  static const void* at(const Whole& whole, std::size_t index, std::index_sequence<I...>) {
    const void* found = nullptr;
    ((I == index ? void(found = &std::get<I>(whole)) : void()), ...);
    return found;
  }
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::tuple);
      made.alternatives = items;
      made.container.at = [](const void* p, std::size_t index) {
        return at(*static_cast<const Whole*>(p), index, std::index_sequence_for<T...>{});
      };
      return made;
    }();
    return type;
  }
};
template <class... T>
struct TypeOf<std::tuple<T...>> : TupleTypeOf<std::tuple<T...>, T...> {};
template <class A, class B>
struct TypeOf<std::pair<A, B>> : TupleTypeOf<std::pair<A, B>, A, B> {};

template <class... T>
struct TypeOf<std::variant<T...>> {
  using Whole = std::variant<T...>;
  static constexpr std::array<TypeFn, sizeof...(T)> choices{&type_of<T>...};
  template <std::size_t... I>
  static void* emplace(Whole& whole, std::size_t index, std::index_sequence<I...>) {
    void* made = nullptr;
    ((I == index ? void(made = &whole.template emplace<I>(blank_value<T>())) : void()), ...);
    return made;
  }
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Whole>(Kind::variant);
      made.alternatives = choices;
      made.container.size = [](const void* p) { return static_cast<const Whole*>(p)->index(); };
      made.container.emplace = [](void* p, std::size_t index) {
        return emplace(*static_cast<Whole*>(p), index, std::index_sequence_for<T...>{});
      };
      made.container.move = [](void* to, void* from) {
        *static_cast<Whole*>(to) = std::move(*static_cast<Whole*>(from));
      };
      made.container.at = [](const void* p, std::size_t) {
        return std::visit([](const auto& held) -> const void* { return &held; },
                          *static_cast<const Whole*>(p));
      };
      return made;
    }();
    return type;
  }
};
template <>
struct TypeOf<std::monostate> : TypeOf<void> {};

}  // namespace plinth::detail
