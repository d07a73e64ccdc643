// Schemas: plain aggregates whose member types carry their rules. Stands for pydantic v2's
// BaseModel and Field. Example: plinth/examples/02_schemas.cpp
//
//   struct Item {
//     Str<strip_whitespace, min_length(1), max_length(10)> name;
//     Float<gt(0)> price;
//     Int<defaults_to(1)> quantity;
//     std::optional<Address> address;
//   };
//
// A member is required unless it is std::optional or has a default. Never `= value`: C++ cannot see
// it, so the contract would not know. Members may be bool, integers, float, double, std::string,
// Email, Url, Secret, Bytes, DateTime, Date, Time, Duration, Uuid, Decimal, Json, an enum class,
// std::optional, std::vector, std::set, std::map, std::tuple, std::variant, another aggregate, or a
// Field of one of these.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/blank.hpp"
#include "plinth/detail/reflect.hpp"
#include "plinth/detail/rules.hpp"

namespace plinth {

template <class T, auto... R>
class Field;

namespace detail {
template <class T>
inline constexpr bool is_field = false;
template <class T, auto... R>
inline constexpr bool is_field<Field<T, R...>> = true;
}  // namespace detail

/// A T with rules. Converts to T; `*field` and `field->` reach it. Without a default among the
/// rules it must be given in C++ too. Rules are checked when it comes from outside, not when C++
/// code assigns it.
template <class T, auto... R>
class Field {
  static_assert((detail::IsRule<std::remove_cvref_t<decltype(R)>> && ...),
                "plinth: what stands in a Field's brackets after its type must be rules: "
                "Int<ge(1), defaults_to(5)>");
  static_assert(!detail::is_field<T>,
                "plinth: a Field of a Field would lose the inner rules: give all rules to one, as "
                "in Field<std::string, min_length(8), defaults_to(\"…\")>");

 public:
  using value_type = T;

  Field()
    requires detail::has_default<T, R...>
      : value_(detail::default_value<T, R...>()) {}
  explicit Field(detail::Blank);
  template <class Value>
    requires std::constructible_from<T, Value&&> &&
             (!std::same_as<std::remove_cvref_t<Value>, Field>) &&
             (!std::same_as<std::remove_cvref_t<Value>, detail::Blank>) &&
             (!std::same_as<std::remove_cvref_t<Value>, detail::Anything>)
  Field(Value&& value)
      : value_(std::forward<Value>(value)) {}  // NOLINT(google-explicit-constructor)

  operator const T&() const& { return value_; }    // NOLINT(google-explicit-constructor)
  operator T&&() && { return std::move(value_); }  // NOLINT(google-explicit-constructor)
  const T& operator*() const { return value_; }
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }
  T* operator->() { return &value_; }

  friend bool operator==(const Field& a, const Field& b) { return a.value_ == b.value_; }
  template <class Other>
    requires(!std::same_as<Other, Field>) && std::convertible_to<const Other&, T>
  friend bool operator==(const Field& a, const Other& b) {
    return a.value_ == b;
  }
  // Of two Fields only: Field < 5 compares numbers.
  template <class Same>
    requires std::same_as<Same, Field> && std::totally_ordered<T>
  friend bool operator<(const Same& a, const Same& b) {
    return *a < *b;
  }

 private:
  T value_;
};

template <auto... R>
using Str = Field<std::string, R...>;
template <auto... R>
using Int = Field<std::int64_t, R...>;
template <auto... R>
using Float = Field<double, R...>;
template <auto... R>
using Bool = Field<bool, R...>;

/// One of these texts; the first is no default.
template <detail::FixedString... Choices>
class Literal {
 public:
  Literal() = delete;
  explicit Literal(detail::Blank) {}
  Literal(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Literal(const char* value) : value_(value) {}             // NOLINT(google-explicit-constructor)
  operator const std::string&() const { return value_; }    // NOLINT(google-explicit-constructor)
  const std::string& operator*() const { return value_; }
  const std::string& str() const { return value_; }
  friend bool operator==(const Literal&, const Literal&) = default;
  friend auto operator<=>(const Literal&, const Literal&) = default;

 private:
  std::string value_;
};

/// A struct's own rules: `static constexpr ModelConfig model_config{.forbid_extra = true};`
struct ModelConfig {
  bool forbid_extra = false;  // unknown members are errors (extra="forbid")
  bool strict = false;        // no coercion: "5" is no int
  std::string_view title = {};
  std::string_view description = {};
};

}  // namespace plinth

#include "plinth/detail/convert.hpp"
#include "plinth/detail/types.hpp"

namespace plinth {

template <class T, auto... R>
Field<T, R...>::Field(detail::Blank) : value_(detail::blank_value<T>()) {}

/// What an input lacks. `errors` is the list under "detail" of a 422 answer; `what()` has a line
/// for each: "name: Field required".
struct ValidationError : std::exception {
  explicit ValidationError(Json error_list);
  const char* what() const noexcept override { return text_.c_str(); }

  Json errors;

 private:
  std::string text_;
};

/// A T from JSON text, by the rules of its members. Throws ValidationError; JsonError when the text
/// is none.
template <class T>
T model_validate_json(std::string_view text) {
  T value = detail::blank_value<T>();
  detail::read_json(detail::type_of<T>(), text, &value);
  return value;
}

/// JSON text of a value, as responses write it.
template <class T>
std::string model_dump_json(const T& value) {
  return detail::json_of(detail::type_of<T>(), &value);
}

/// A T from the members of the same names in `source`: a schema from a model, a list of schemas
/// from a list of models. Stands for from_attributes. Members that the source lacks keep their
/// defaults; one without a default is a compile error.
template <class T, class Source>
T to(const Source& source) {
  return detail::converted<T>(source);
}

}  // namespace plinth
