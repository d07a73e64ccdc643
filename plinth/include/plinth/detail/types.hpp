// type_of<T>(): makes the table of a C++ type. Included by schema.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "plinth/datetime.hpp"
#include "plinth/detail/blank.hpp"
#include "plinth/detail/rules.hpp"
#include "plinth/detail/type.hpp"
#include "plinth/json.hpp"
#include "plinth/values.hpp"

namespace plinth {

/// Specialise as true for an enum whose numbers, not names, are on the wire (Python's IntEnum).
template <class Enum>
inline constexpr bool integer_enum = false;

template <class T, auto... R>
class Field;
template <detail::FixedString... Choices>
class Literal;

namespace detail {

template <class T>
const Type& type_of();

template <class T>
constexpr Type leaf(Kind kind, std::string_view name = {}) {
  return {.kind = kind,
          .name = name,
          .size = sizeof(T),
          .align = alignof(T),
          .make_blank = &make_blank<T>,
          .destroy = &destroy<T>};
}

template <class T>
inline constexpr Kind leaf_kind = Kind::none;
template <>
inline constexpr Kind leaf_kind<bool> = Kind::boolean;
template <>
inline constexpr Kind leaf_kind<float> = Kind::float32;
template <>
inline constexpr Kind leaf_kind<double> = Kind::float64;
template <>
inline constexpr Kind leaf_kind<std::string> = Kind::string;
template <>
inline constexpr Kind leaf_kind<Bytes> = Kind::bytes;
template <>
inline constexpr Kind leaf_kind<Email> = Kind::email;
template <>
inline constexpr Kind leaf_kind<Url> = Kind::url;
template <>
inline constexpr Kind leaf_kind<Secret> = Kind::secret;
template <>
inline constexpr Kind leaf_kind<DateTime> = Kind::date_time;
template <>
inline constexpr Kind leaf_kind<Date> = Kind::date;
template <>
inline constexpr Kind leaf_kind<Time> = Kind::time;
template <>
inline constexpr Kind leaf_kind<Duration> = Kind::duration;
template <>
inline constexpr Kind leaf_kind<Uuid> = Kind::uuid;
template <>
inline constexpr Kind leaf_kind<Decimal> = Kind::decimal;
template <>
inline constexpr Kind leaf_kind<Json> = Kind::any;

template <class T>
constexpr Kind integer_kind() {
  if constexpr (std::is_signed_v<T>) {
    return sizeof(T) == 1   ? Kind::int8
           : sizeof(T) == 2 ? Kind::int16
           : sizeof(T) == 4 ? Kind::int32
                            : Kind::int64;
  } else {
    return sizeof(T) == 1   ? Kind::uint8
           : sizeof(T) == 2 ? Kind::uint16
           : sizeof(T) == 4 ? Kind::uint32
                            : Kind::uint64;
  }
}

template <class T>
struct TemplateArguments {
  static constexpr std::array<TypeFn, 0> types{};
};
template <template <class...> class Template, class... T>
struct TemplateArguments<Template<T...>> {
  static constexpr std::array<TypeFn, sizeof...(T)> types{&type_of<T>...};
};

// Enumerators from 0 to 63, by the compiler's spelling of the values.
template <class Enum>
struct Enumerators {
  static constexpr std::size_t scanned = 64;
  template <std::size_t... I>
  static consteval auto names(std::index_sequence<I...>) {
    return std::array<std::string_view, scanned>{name_of<static_cast<Enum>(I)>...};
  }
  static constexpr auto all = names(std::make_index_sequence<scanned>{});
  static consteval bool is_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9');
  }
  static consteval std::size_t count() {
    std::size_t found = 0;
    for (auto text : all) found += is_name(text);
    return found;
  }
  static consteval auto make() {
    std::array<Enumerator, count()> made{};
    std::size_t next = 0;
    for (std::size_t i = 0; i < scanned; ++i) {
      if (is_name(all[i])) made[next++] = {all[i], static_cast<std::int64_t>(i)};
    }
    return made;
  }
  static constexpr auto rows = make();
  static_assert(rows.size() > 0,
                "plinth: an enum of a schema needs enumerators with values from 0 to 63");
};

// Any other T: an integer, an enum, an aggregate.
template <class T>
struct TypeOf {
  static const Type& get() {
    if constexpr (leaf_kind<T> != Kind::none) {
      static constexpr Type type = leaf<T>(leaf_kind<T>);
      return type;
    } else if constexpr (std::is_void_v<T>) {
      static constexpr Type type{.kind = Kind::none,
                                 .name = {},
                                 .size = 0,
                                 .align = 1,
                                 .make_blank = nullptr,
                                 .destroy = nullptr};
      return type;
    } else if constexpr (std::is_integral_v<T>) {
      static constexpr Type type = leaf<T>(integer_kind<T>());
      return type;
    } else if constexpr (std::is_enum_v<T>) {
      static constexpr Type type = [] {
        Type made = leaf<T>(Kind::enumeration, type_name<T>());
        made.qualified = qualified_name<T>();
        made.enumerators = Enumerators<T>::rows;
        made.integer_enum = integer_enum<T>;
        return made;
      }();
      return type;
    } else if constexpr (Reflectable<T>) {
      static const Type type = object();
      return type;
    } else {
      MustBeSchema<T>{};
      return TypeOf<bool>::get();
    }
  }

 private:
  static Type object() {
    static const auto rows =
        members(std::make_index_sequence<static_cast<std::size_t>(member_count<T>())>{});
    Type made = leaf<T>(Kind::object, type_name<T>());
    made.qualified = qualified_name<T>();
    made.arguments = TemplateArguments<T>::types;
    made.members = rows;
    if constexpr (requires { T::model_config; }) {
      made.forbid_extra = T::model_config.forbid_extra;
      made.strict = T::model_config.strict;
      made.description = T::model_config.description;
      made.title = T::model_config.title;
    }
    // pydantic's model_validator(mode="after"): a static function `check` of the struct.
    if constexpr (requires(const T& value) { std::string(T::check(value)); }) {
      made.check_model = [](const void* value) {
        return std::string(T::check(*static_cast<const T*>(value)));
      };
    }
    return made;
  }

  template <std::size_t... I>
  static std::array<Member, sizeof...(I)> members(std::index_sequence<I...>) {
    alignas(T) static std::byte place[sizeof(T)];  // never constructed: only addresses are taken
    std::array<Member, sizeof...(I)> rows{};
    visit_members(*reinterpret_cast<T*>(place), [&](auto&... member) {
      rows = {Member{member_name<T>(I), &type_of<std::remove_cvref_t<decltype(member)>>,
                     static_cast<std::size_t>(
                         reinterpret_cast<std::byte*>(__builtin_addressof(member)) - place)}...};
    });
    finish_members(rows);
    return rows;
  }
};

template <class T>
struct RuleTarget {
  using type = T;
};
template <class T>
struct RuleTarget<std::optional<T>> : RuleTarget<T> {};
template <class T, auto... R>
struct RuleTarget<Field<T, R...>> : RuleTarget<T> {};

template <class T>
constexpr bool takes(RuleFor rule_for) {
  constexpr bool is_number =
      (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_same_v<T, Decimal>;
  constexpr bool is_text = std::is_same_v<T, std::string>;
  constexpr bool is_text_value = std::is_same_v<T, Bytes> || std::is_same_v<T, Secret> ||
                                 std::is_same_v<T, Email> || std::is_same_v<T, Url>;
  constexpr bool has_items = requires(T value) {
    value.clear();
    value.begin();
  };
  switch (rule_for) {
    case RuleFor::anything:
      return true;
    case RuleFor::numbers:
      return is_number;
    case RuleFor::decimals:
      return std::is_same_v<T, Decimal>;
    case RuleFor::lengths:
      return is_text || is_text_value || has_items;
    case RuleFor::texts:
      return is_text;
    case RuleFor::variants:
      return FirstAlternative<T>::present;
  }
  return false;
}

template <class T, auto Rule>
constexpr bool rule_fits() {
  return takes<typename RuleTarget<T>::type>(rule_for<std::remove_cvref_t<decltype(Rule)>>());
}

template <class T, auto... R>
struct TypeOf<Field<T, R...>> {
  static_assert((rule_fits<T, R>() && ...),
                "plinth: this rule does not fit the Field's type: gt, ge, lt, le, multiple_of are "
                "for numbers, min_length and max_length for texts and containers, pattern and "
                "strip_whitespace for std::string, max_digits for Decimal");

  static const Type& get() {
    static constexpr Rules rules = [] {
      Rules made = fold_rules<T, R...>();
      if constexpr (has_default<T, R...>) made.default_json = &default_json;
      return made;
    }();
    static const Type type = [] {
      Type made = type_of<T>();
      made.rules = &rules;
      made.make_blank = &make_blank<Field<T, R...>>;
      made.destroy = &destroy<Field<T, R...>>;
      if constexpr (has_default<T, R...>) {
        made.set_default = [](void* place) {
          **static_cast<Field<T, R...>*>(place) = default_value<T, R...>();
        };
      }
      return made;
    }();
    return type;
  }
  static std::string default_json()
    requires has_default<T, R...>
  {
    T value = default_value<T, R...>();
    return json_of(type_of<T>(), &value);
  }
};

template <FixedString... Choices>
struct TypeOf<Literal<Choices...>> {
  static constexpr std::array<Enumerator, sizeof...(Choices)> rows{
      Enumerator{Choices.view(), 0}...};
  static const Type& get() {
    static constexpr Type type = [] {
      Type made = leaf<Literal<Choices...>>(Kind::literal);
      made.enumerators = rows;
      return made;
    }();
    return type;
  }
};

template <class T>
const Type& type_of() {
  return TypeOf<T>::get();
}

}  // namespace detail
}  // namespace plinth

#include "plinth/detail/containers.hpp"
