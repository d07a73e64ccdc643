// The members of an aggregate: how many, their types, their names, a call with all of them. No
// macro in the struct.
//
// Works for plain aggregates of up to 100 members without bases, references, C arrays or
// bit-fields. Where there is inheritance, a struct lists its members itself:  static constexpr auto
// fields = std::tuple{&Base::id, &Self::name};
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "plinth/detail/members.hpp"

namespace plinth::detail {

inline constexpr int member_count_limit = 100;

template <class... T>
struct TypeList {
  static constexpr std::size_t size = sizeof...(T);
};

// Stands for a value of any type in an unevaluated braced initialiser. The conversion has a body
// because constructors of members may want to look at it; none calls it.
struct Anything {
  template <class T>
  operator T() const {  // NOLINT(google-explicit-constructor)
    __builtin_unreachable();
  }
};

template <std::size_t>
using AnythingAt = Anything;

template <class T, std::size_t... I>
constexpr bool initialisable_from(std::index_sequence<I...>) {
  return requires { T{AnythingAt<I>{}...}; };
}

template <class T, int Count>
constexpr bool has_at_least() {
  return initialisable_from<T>(std::make_index_sequence<static_cast<std::size_t>(Count)>{});
}

// The largest Count for which T{any, …} compiles. Required members (no default constructor) make
// small counts fail, so the search goes down from a bound that is found by doubling past the last
// success.
template <class T, int Low, int High>
constexpr int count_between() {
  if constexpr (Low == High) {
    return Low;
  } else {
    constexpr int middle = (Low + High + 1) / 2;
    if constexpr (has_at_least<T, middle>()) {
      return count_between<T, middle, High>();
    } else {
      return count_between<T, Low, middle - 1>();
    }
  }
}

template <class T, int Count>
constexpr int first_success() {
  if constexpr (Count > member_count_limit) {
    return -1;
  } else if constexpr (has_at_least<T, Count>()) {
    return Count;
  } else {
    return first_success<T, Count + 1>();
  }
}

template <class T, int Known, int Step>
constexpr int gallop() {
  if constexpr (Known + Step > member_count_limit) {
    return count_between<T, Known, member_count_limit>();
  } else if constexpr (has_at_least<T, Known + Step>()) {
    return gallop<T, Known + Step, Step * 2>();
  } else {
    return count_between<T, Known, Known + Step - 1>();
  }
}

template <class T>
constexpr int count_members() {
  if constexpr (std::is_empty_v<T>) {
    return 0;
  } else {
    constexpr int first = first_success<T, 1>();
    static_assert(first > 0, "plinth: this struct is not a plain aggregate of at most 100 members");
    return gallop<T, first, 1>();
  }
}

template <class T>
concept HasFieldList = requires { T::fields; };

template <class T>
concept Reflectable = std::is_class_v<T> && (HasFieldList<T> || std::is_aggregate_v<T>);

template <class T>
constexpr int member_count() {
  if constexpr (HasFieldList<T>) {
    return static_cast<int>(std::tuple_size_v<std::remove_cvref_t<decltype(T::fields)>>);
  } else {
    return count_members<T>();
  }
}

/// function(member&...), all members in declaration order.
template <class T, class Function>
constexpr decltype(auto) visit_members(T& object, Function&& function) {
  using Plain = std::remove_const_t<T>;
  if constexpr (HasFieldList<Plain>) {
    return std::apply(
        [&](auto... pointer) -> decltype(auto) { return function(object.*pointer...); },
        Plain::fields);
  } else {
    return with_members<member_count<Plain>()>(object, std::forward<Function>(function));
  }
}

template <class T>
struct MemberTypesOf {
  static auto list(auto&... member) -> TypeList<std::remove_cvref_t<decltype(member)>...>;
  using type =
      decltype(visit_members(std::declval<T&>(), [](auto&... member) { return list(member...); }));
};
template <class T>
using MemberTypes = typename MemberTypesOf<T>::type;

// An object that is never made: only the addresses of its members are used.
template <class T>
struct Phantom {
  T value;
};
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Phantom<T> phantom;

// What `P` refers to, as the compiler spells it: the text between the last '.', ':' or '>' and the
// closing bracket.
template <auto P>
consteval std::string_view spelling() {
  // By its size: counting the characters of each would pass the compiler's limit of steps for a
  // struct of sixty members.
  std::string_view text(__PRETTY_FUNCTION__, sizeof(__PRETTY_FUNCTION__) - 1);
  // clang: [P = MemberAddress<...>{&phantom.value.email}] ; gcc: [with auto P =
  // MemberAddress<...>{(& phantom<User>.Phantom<User>::value.User::email)}; ...]
#if !defined(__clang__)
  if (auto end = text.rfind("; std::string_view"); end != std::string_view::npos)
    text = text.substr(0, end);
#endif
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  std::size_t end = text.size();
  while (end > 0 && !is_word(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <class T>
struct MemberAddress {
  const T* pointer;
};
template <class T>
MemberAddress(const T*) -> MemberAddress<T>;

template <class T, std::size_t I>
consteval std::string_view member_name_at() {
  if constexpr (HasFieldList<T>) {
    return spelling<std::get<I>(T::fields)>();
  } else {
    constexpr auto address = visit_members(phantom<T>.value, [](auto&... member) {
      return std::get<I>(std::tuple{MemberAddress{__builtin_addressof(member)}...});
    });
    return spelling<address>();
  }
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <class T>
struct Names {
  template <std::size_t... I>
  static consteval auto make(std::index_sequence<I...>) {
    struct Row {
      std::string_view at[sizeof...(I) == 0 ? 1 : sizeof...(I)];
    };
    return Row{{member_name_at<T, I>()...}};
  }
  static constexpr auto row =
      make(std::make_index_sequence<static_cast<std::size_t>(member_count<T>())>{});
};

/// Name of member I of T, as written in the struct.
template <class T>
constexpr std::string_view member_name(std::size_t index) {
  return Names<T>::row.at[index];
}

/// Name of a function, a member pointer or an enumerator, without its scope: "login" for
/// &app::login.
template <auto P>
constexpr std::string_view name_of = spelling<P>();

/// Name of a type with its scope, without its template arguments: "app::UserRead".
template <class T>
consteval std::string_view qualified_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("T = ") + 4);
#if defined(__clang__)
  text = text.substr(0, text.rfind(']'));
#else
  text = text.substr(0, text.find("; std::string_view"));
#endif
  std::size_t depth = 0;
  std::size_t end = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' && depth++ == 0) end = i;
    if (text[i] == '>') --depth;
    if (text[i] == ':' && depth == 0) end = text.size();
  }
  return text.substr(0, end);
}

/// Name of a type without its scope and template arguments: "UserRead".
template <class T>
consteval std::string_view type_name() {
  std::string_view text = qualified_name<T>();
  if (auto colon = text.rfind(':'); colon != std::string_view::npos) text = text.substr(colon + 1);
  if (auto space = text.rfind(' '); space != std::string_view::npos) text = text.substr(space + 1);
  return text;
}

}  // namespace plinth::detail
