// to<T>(source): one struct from another, member by member of the same name. Included by
// schema.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/detail/reflect.hpp"

namespace plinth::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

// A Field, a Column: holds one value, always.
template <class T>
concept Wrapper = !is_optional<T> && requires(const T& wrapper) {
  typename T::value_type;
  { *wrapper } -> std::same_as<const typename T::value_type&>;
};

template <class T>
constexpr const auto& unwrapped(const T& value) {
  if constexpr (Wrapper<T>) {
    return *value;
  } else {
    return value;
  }
}

template <class T>
constexpr std::size_t member_index(std::string_view name) {
  constexpr auto count = static_cast<std::size_t>(member_count<T>());
  std::size_t index = 0;
  while (index < count && member_name<T>(index) != name) ++index;
  return index;
}

template <class Source, class Target, std::size_t I>
inline constexpr bool source_has_member =
    member_index<Source>(member_name<Target>(I)) < static_cast<std::size_t>(member_count<Source>());

// Constructors, but no conversion that may lose digits, and no aggregate from its first member.
template <class Target, class Source>
concept Fits =
    std::same_as<Target, Source> ||
    (!std::is_aggregate_v<Target> && std::constructible_from<Target, const Source&> &&
     (!std::is_arithmetic_v<Target> || requires(const Source& source) { Target{source}; }));

template <class Target, class Source>
Target converted(const Source& given);

template <class Target, class Source, std::size_t... I>
Target converted_struct(const Source& source, std::index_sequence<I...>);

template <std::size_t I, class... T>
std::tuple_element_t<I, std::tuple<std::type_identity<T>...>> element_of(TypeList<T...>);
template <class T, std::size_t I>
using MemberType = typename decltype(element_of<I>(MemberTypes<T>{}))::type;

template <class Target, std::size_t I, class Source>
MemberType<Target, I> converted_member(const Source& source) {
  using T = MemberType<Target, I>;
  if constexpr (source_has_member<Source, Target, I>) {
    constexpr std::size_t index = member_index<Source>(member_name<Target>(I));
    return visit_members(source, [](const auto&... member) {
      return converted<T>(std::get<index>(std::tie(member...)));
    });
  } else if constexpr (is_optional<T> || (Wrapper<T> && std::default_initializable<T>)) {
    return T{};
  } else {
    static_assert(source_has_member<Source, Target, I>,
                  "plinth: to<T>(source): the source lacks a member that T requires; the members' "
                  "names must be the same");
    __builtin_unreachable();
  }
}

template <class Target, class Source, std::size_t... I>
Target converted_struct(const Source& source, std::index_sequence<I...>) {
  if constexpr (HasFieldList<Target>) {
    Target made{};
    ((made.*std::get<I>(Target::fields) = converted_member<Target, I>(source)), ...);
    return made;
  } else {
    return Target{converted_member<Target, I>(source)...};
  }
}

template <class Target, class Source>
Target converted(const Source& given) {
  const auto& source = unwrapped(given);
  using From = std::remove_cvref_t<decltype(source)>;
  if constexpr (Fits<Target, From>) {
    return Target(source);
  } else if constexpr (Wrapper<Target>) {
    return Target(converted<typename Target::value_type>(source));
  } else if constexpr (is_optional<Target> && is_optional<From>) {
    if (!source) return std::nullopt;
    return converted<typename Target::value_type>(*source);
  } else if constexpr (is_optional<Target>) {
    return converted<typename Target::value_type>(source);
  } else if constexpr (is_vector<Target> && is_vector<From>) {
    Target made;
    made.reserve(source.size());
    for (const auto& item : source) made.push_back(converted<typename Target::value_type>(item));
    return made;
  } else if constexpr (Reflectable<Target> && Reflectable<From>) {
    return converted_struct<Target>(
        source, std::make_index_sequence<static_cast<std::size_t>(member_count<Target>())>());
  } else {
    static_assert(Fits<Target, From>,
                  "plinth: to<T>(source): a member's type cannot be made from the source's without "
                  "losing something");
    __builtin_unreachable();
  }
}

}  // namespace plinth::detail
