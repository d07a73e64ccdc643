// Where a parameter of a handler or dependency comes from. Stands for FastAPI's Path, Query,
// Header, Cookie, Form, Body, Depends and Security. Example: plinth/examples/03_parameters.cpp
//
//   Json search(Path<"shop", std::string> shop, Query<"q", std::string, min_length(3)> q,
//               Query<"limit", std::int64_t, le(100), defaults_to(20)> limit, SessionDep session);
//
// The name is the one on the wire. A parameter is required unless its type is std::optional or a
// rule gives a default. An aggregate by value is the JSON body and needs no wrapper.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/callable.hpp"
#include "plinth/detail/rules.hpp"
#include "plinth/schema.hpp"

namespace plinth {

namespace detail {

template <class T>
struct Unwrapped {
  using type = T;
};
template <class T, auto... R>
struct Unwrapped<Field<T, R...>> {
  using type = T;
};

// Among the rules of a Value: its members are parameters one by one.
struct EachMember {
  constexpr void apply(Rules&) const {}
};
template <auto... Rules>
inline constexpr bool has_each =
    (std::is_same_v<std::remove_cvref_t<decltype(Rules)>, EachMember> || ...);

// A value that was read from the request. `*id`, `id->`, and it converts to what it holds.
template <Source From, FixedString Name, class T, auto... Rules>
class Value {
  template <bool HasRules, class>
  struct StoredAs {
    using type = T;
  };
  template <class U>
  struct StoredAs<true, U> {
    using type = Field<U, Rules...>;
  };

 public:
  using Stored = typename StoredAs<(sizeof...(Rules) > 0) && !has_each<Rules...>, T>::type;
  using value_type = typename Unwrapped<Stored>::type;

  static_assert(!Name.view().empty() || From == Source::body || From == Source::body_or_form ||
                    Reflectable<value_type>,
                "plinth: a parameter without a name is a struct whose members are the names: "
                "QueryModel<Page>");
  static constexpr Parameter parameter{
      .source = From,
      .model = Name.view().empty() && From != Source::body && From != Source::body_or_form,
      .each = has_each<Rules...>,
      .name = Name.view(),
      .type = &type_of<Stored>};

  explicit Value(Stored value) : value_(std::move(value)) {}
  static Value from(void* place) { return Value(std::move(*static_cast<Stored*>(place))); }

  const value_type& operator*() const {
    if constexpr (std::is_same_v<Stored, value_type>) {
      return value_;
    } else {
      return *value_;
    }
  }
  value_type& operator*() {
    return const_cast<value_type&>(*std::as_const(*this));  // value_ is not const here
  }
  const value_type* operator->() const { return &**this; }
  value_type* operator->() { return &**this; }
  operator const value_type&() const { return **this; }  // NOLINT(google-explicit-constructor)

 private:
  Stored value_;
};

}  // namespace detail

/// `{id}` of the route's path.
template <detail::FixedString Name, class T, auto... Rules>
using Path = detail::Value<detail::Source::path, Name, T, Rules...>;
/// `?q=`; the last one counts, a std::vector or std::set takes all.
template <detail::FixedString Name, class T, auto... Rules>
using Query = detail::Value<detail::Source::query, Name, T, Rules...>;
/// A header field, named in any letter case: "X-Token".
template <detail::FixedString Name, class T, auto... Rules>
using Header = detail::Value<detail::Source::header, Name, T, Rules...>;
template <detail::FixedString Name, class T, auto... Rules>
using Cookie = detail::Value<detail::Source::cookie, Name, T, Rules...>;
/// A field of a form body; an empty one counts as absent.
template <detail::FixedString Name, class T, auto... Rules>
using Form = detail::Value<detail::Source::form, Name, T, Rules...>;
/// A member of the JSON body, which is an object with one member a Body: FastAPI's embed=True.
/// With the name "" it is the whole body, for a T that is no struct.
template <detail::FixedString Name, class T, auto... Rules>
using Body = detail::Value<detail::Source::body, Name, T, Rules...>;

/// A struct whose members are parameters; rules such as `alias` and extra="forbid" count.
template <class T>
using QueryModel = detail::Value<detail::Source::query, "", T>;
/// Underscores of the members' names are hyphens on the wire.
template <class T>
using HeaderModel = detail::Value<detail::Source::header, "", T>;
template <class T>
using CookieModel = detail::Value<detail::Source::cookie, "", T>;
template <class T>
using FormModel = detail::Value<detail::Source::form, "", T>;
/// Structs whose members are parameters one by one, as FastAPI's `Depends()` on a class: a missing
/// one is reported as a parameter is, other names are nobody's business.
template <class T>
using QueryFields = detail::Value<detail::Source::query, "", T, detail::EachMember{}>;
template <class T>
using FormFields = detail::Value<detail::Source::form, "", T, detail::EachMember{}>;
/// A struct from JSON or from a form, as the content type says.
template <class T>
using BodyOrForm = detail::Value<detail::Source::body_or_form, "", T>;

/// In the angle brackets of Depends: `use_cache(false)` computes the value again for this place.
struct use_cache {
  bool value;
  consteval explicit use_cache(bool cached) : value(cached) {}
};

namespace detail {

// A handle on what a dependency gave; the value lives until the request ends.
template <class T>
class Lent {
 public:
  using value_type = T;

  explicit Lent(T* value) : value_(value) {}
  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }
  operator T&() const { return *value_; }  // NOLINT(google-explicit-constructor)

 private:
  T* value_;
};
template <>
class Lent<void> {
 public:
  using value_type = void;
  explicit Lent(void*) {}
};

}  // namespace detail

/// What `Function` returned (or lent, by Yield), computed once a request. `*session`, `session->`,
/// and it converts to a reference. The function has parameters as a handler has.
template <auto Function, use_cache Cached = use_cache(true)>
class Depends : public detail::Lent<typename detail::DependencyValue<Function>::type> {
  using Base = detail::Lent<typename detail::DependencyValue<Function>::type>;

 public:
  static constexpr detail::Parameter parameter{.source = detail::Source::dependency,
                                               .use_cache = Cached.value,
                                               .dependency = &detail::callable_of<Function>};
  using Base::Base;
  static Depends from(void* place) {
    return Depends(static_cast<typename Base::value_type*>(place));
  }
};

/// A Depends that asks for scopes; `SecurityScopes` in the dependency or below it lists them.
template <auto Function, detail::FixedString... Scopes>
class Security : public detail::Lent<typename detail::DependencyValue<Function>::type> {
  using Base = detail::Lent<typename detail::DependencyValue<Function>::type>;

 public:
  static constexpr std::array<std::string_view, sizeof...(Scopes)> scopes{Scopes.view()...};
  static constexpr detail::Parameter parameter{.source = detail::Source::dependency,
                                               .dependency = &detail::callable_of<Function>,
                                               .scopes = scopes};
  using Base::Base;
  static Security from(void* place) {
    return Security(static_cast<typename Base::value_type*>(place));
  }
};

/// A dependency whose value nobody wants: `Router({.dependencies = {depends<verify_token>}})`.
template <auto Function, use_cache Cached = use_cache(true)>
inline constexpr detail::Parameter depends = Depends<Function, Cached>::parameter;
template <auto Function, detail::FixedString... Scopes>
inline constexpr detail::Parameter secures = Security<Function, Scopes...>::parameter;

}  // namespace plinth
