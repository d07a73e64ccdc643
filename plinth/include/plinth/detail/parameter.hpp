// The table of a parameter of a handler or a dependency: where its argument comes from. Made out of
// its C++ type.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/detail/reflect.hpp"
#include "plinth/detail/security_scheme.hpp"
#include "plinth/detail/type.hpp"
#include "plinth/http.hpp"
#include "plinth/schema.hpp"

namespace plinth {

struct SecurityScopes;

namespace detail {

// Where an argument comes from.
enum class Source : std::uint8_t {
  body,          // JSON
  form,          // application/x-www-form-urlencoded or multipart/form-data
  body_or_form,  // a whole one, as the content type says
  path,
  query,
  header,
  cookie,
  dependency,
  security,    // a scheme of security.hpp
  scopes,      // SecurityScopes
  provided,    // App::provide
  request,     // const Request&
  response,    // Response&: its status and headers go into the answer
  background,  // BackgroundTasks&
  argument,    // of a task's message
  caller,      // what runs a function lends it, by its type: TaskContext&
};

struct Callable;

// Tells types apart at run time; its address is the key.
struct TypeKey {
  std::string_view name;
};
template <class T>
inline constexpr TypeKey type_key{type_name<T>()};

struct Parameter {
  Source source;
  bool model = false;          // query, header, cookie, form: the members of `type` are the names
  bool each = false;           // of a model: every member is a parameter on its own
  bool use_cache = true;       // dependency
  bool optional = false;       // security: std::optional<Scheme>
  std::string_view name = {};  // on the wire; "" for a whole body and for a model
  TypeFn type = nullptr;       // of a value read from the request: the argument is one of these
  const Callable* dependency = nullptr;
  std::span<const std::string_view> scopes = {};  // Security<…>
  const SecurityScheme* scheme = nullptr;
  const TypeKey* provided = nullptr;
};

// ---- From a type to its row, and from an address to the argument.

template <class T>
inline constexpr bool is_optional_scheme = false;
template <SecurityParameter T>
inline constexpr bool is_optional_scheme<std::optional<T>> = true;

// What may stand by value for the whole JSON body.
template <class T>
inline constexpr bool is_body_shape = Reflectable<T> && !SecurityParameter<T>;
template <>
inline constexpr bool is_body_shape<Json> = true;
template <class T>
inline constexpr bool is_body_shape<std::vector<T>> = true;
template <class T>
inline constexpr bool is_body_shape<std::set<T>> = true;
template <class K, class T>
inline constexpr bool is_body_shape<std::map<K, T>> = true;
template <class... T>
inline constexpr bool is_body_shape<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_body_shape<std::optional<T>> = is_body_shape<T>;
template <class T, auto... R>
inline constexpr bool is_body_shape<Field<T, R...>> = is_body_shape<T>;

// Path, Query, Depends and their like bring their own row.
template <class T>
concept ParameterClass = requires {
  { T::parameter } -> std::convertible_to<const Parameter&>;
};

template <class P>
concept ByValue = !std::is_reference_v<P> ||
                  (std::is_lvalue_reference_v<P> && std::is_const_v<std::remove_reference_t<P>>);

template <class P>
struct Argument {
  using Bare = std::remove_cvref_t<P>;
  static constexpr bool by_value = !std::is_reference_v<P>;
  static constexpr bool lent = std::is_lvalue_reference_v<P> && !ParameterClass<Bare> &&
                               !SecurityParameter<Bare> && !is_optional_scheme<Bare>;
  static constexpr bool copied_message =
      by_value && (std::is_same_v<Bare, Request> || std::is_same_v<Bare, Response> ||
                   std::is_same_v<Bare, BackgroundTasks>);
  static_assert(!copied_message,
                "plinth: take them by reference: const Request&, Response&, BackgroundTasks&");
  static constexpr bool understood =
      copied_message ||
      (ByValue<P> && (ParameterClass<Bare> || SecurityParameter<Bare> || is_optional_scheme<Bare> ||
                      std::is_same_v<Bare, SecurityScopes>)) ||
      lent || (by_value && is_body_shape<Bare>);
  static_assert(
      understood,
      "plinth: this parameter has no known source; write an aggregate by value (the JSON body), "
      "Path<\"id\", T>, Query<\"q\", T>, Header<\"x-name\", T>, Cookie<\"c\", T>, Form<\"f\", T>, "
      "Body<\"b\", T>, Depends<function>, a security scheme, const T& of something provided by the "
      "app, const Request&, Response& or BackgroundTasks&");

  static constexpr Parameter make() {
    if constexpr (!understood) {
      return {Source::request};
    } else if constexpr (ParameterClass<Bare>) {
      return Bare::parameter;
    } else if constexpr (SecurityParameter<Bare>) {
      return {.source = Source::security, .scheme = &security_scheme_of<Bare>};
    } else if constexpr (is_optional_scheme<Bare>) {
      return {.source = Source::security,
              .optional = true,
              .scheme = &security_scheme_of<typename Bare::value_type>};
    } else if constexpr (std::is_same_v<Bare, SecurityScopes>) {
      return {Source::scopes};
    } else if constexpr (std::is_same_v<Bare, Request>) {
      return {Source::request};
    } else if constexpr (std::is_same_v<Bare, Response>) {
      return {Source::response};
    } else if constexpr (std::is_same_v<Bare, BackgroundTasks>) {
      return {Source::background};
    } else if constexpr (lent) {
      return {.source = Source::provided, .provided = &type_key<Bare>};
    } else {
      return {.source = Source::body, .type = &type_of<Bare>};
    }
  }
  static constexpr Parameter row = make();

  static decltype(auto) pass(void* place) {
    if constexpr (ParameterClass<Bare>) {
      return Bare::from(place);
    } else if constexpr (is_optional_scheme<Bare>) {
      return place ? Bare(std::move(*static_cast<typename Bare::value_type*>(place))) : Bare();
    } else if constexpr (std::is_same_v<Bare, SecurityScopes>) {
      return static_cast<const Bare&>(*static_cast<Bare*>(place));
    } else if constexpr (lent) {
      return static_cast<P>(*static_cast<Bare*>(place));
    } else {
      return std::move(*static_cast<Bare*>(place));
    }
  }
};

template <class... P>
inline constexpr std::array<Parameter, sizeof...(P)> parameters_of{Argument<P>::row...};

// Two unnamed bodies would need names that C++ does not tell.
template <class... P>
constexpr bool has_one_whole_body() {
  int count = 0;
  for (const Parameter& row : parameters_of<P...>) {
    count += row.source == Source::body && row.name.empty();
  }
  return count <= 1;
}

}  // namespace detail
}  // namespace plinth
