// The rules that may stand in a Field's angle brackets, and how they fold into one Rules row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "plinth/detail/type.hpp"

namespace plinth {

namespace detail {

// A text literal as a template value.
template <std::size_t N>
struct FixedString {
  char text[N]{};
  consteval FixedString(const char (&literal)[N]) {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

template <class Number>
constexpr Bound bound_of(Number value) {
  if constexpr (std::is_floating_point_v<Number>) {
    return {
        .present = true, .is_integer = false, .integer = 0, .number = static_cast<double>(value)};
  } else {
    return {.present = true,
            .is_integer = true,
            .integer = static_cast<std::int64_t>(value),
            .number = static_cast<double>(value)};
  }
}

// What a rule is for; the tables refuse it elsewhere.
enum class RuleFor : std::uint8_t { anything, numbers, decimals, lengths, texts, variants };

template <std::size_t N>
struct TextRule {
  FixedString<N> text;
  consteval TextRule(const char (&literal)[N]) : text(literal) {}
};

// Compiled in src/schema. `out` is a blank value; throws what model_validate_json throws.
std::string json_of(const Type& type, const void* value);
void read_json(const Type& type, std::string_view text, void* out);

}  // namespace detail

// Numbers.
template <class Number>
struct gt {
  static constexpr auto rule_for = detail::RuleFor::numbers;
  Number value;
  consteval explicit gt(Number bound) : value(bound) {}
  constexpr void apply(detail::Rules& rules) const { rules.gt = detail::bound_of(value); }
};
template <class Number>
struct ge {
  static constexpr auto rule_for = detail::RuleFor::numbers;
  Number value;
  consteval explicit ge(Number bound) : value(bound) {}
  constexpr void apply(detail::Rules& rules) const { rules.ge = detail::bound_of(value); }
};
template <class Number>
struct lt {
  static constexpr auto rule_for = detail::RuleFor::numbers;
  Number value;
  consteval explicit lt(Number bound) : value(bound) {}
  constexpr void apply(detail::Rules& rules) const { rules.lt = detail::bound_of(value); }
};
template <class Number>
struct le {
  static constexpr auto rule_for = detail::RuleFor::numbers;
  Number value;
  consteval explicit le(Number bound) : value(bound) {}
  constexpr void apply(detail::Rules& rules) const { rules.le = detail::bound_of(value); }
};
template <class Number>
struct multiple_of {
  static constexpr auto rule_for = detail::RuleFor::numbers;
  Number value;
  consteval explicit multiple_of(Number step) : value(step) {}
  constexpr void apply(detail::Rules& rules) const { rules.multiple_of = detail::bound_of(value); }
};
struct max_digits {
  static constexpr auto rule_for = detail::RuleFor::decimals;
  int value;
  consteval explicit max_digits(int digits) : value(digits) {}
  constexpr void apply(detail::Rules& rules) const { rules.max_digits = value; }
};
struct decimal_places {
  static constexpr auto rule_for = detail::RuleFor::decimals;
  int value;
  consteval explicit decimal_places(int places) : value(places) {}
  constexpr void apply(detail::Rules& rules) const { rules.decimal_places = value; }
};

// Texts (code points) and lists (items). Also a column's length.
struct min_length {
  static constexpr auto rule_for = detail::RuleFor::lengths;
  std::int64_t value;
  consteval explicit min_length(std::int64_t length) : value(length) {}
  constexpr void apply(detail::Rules& rules) const { rules.min_length = value; }
};
struct max_length {
  static constexpr auto rule_for = detail::RuleFor::lengths;
  std::int64_t value;
  consteval explicit max_length(std::int64_t length) : value(length) {}
  constexpr void apply(detail::Rules& rules) const { rules.max_length = value; }
};

// Texts.
template <std::size_t N>
struct pattern : detail::TextRule<N> {  // a regular expression in RE2's syntax, which takes time
                                        // linear in the text; searched, so write ^ and $
  static constexpr auto rule_for = detail::RuleFor::texts;
  using detail::TextRule<N>::TextRule;
  constexpr void apply(detail::Rules& rules) const { rules.pattern = this->text.view(); }
};
template <std::size_t N>
pattern(const char (&)[N]) -> pattern<N>;

struct StripWhitespace {
  static constexpr auto rule_for = detail::RuleFor::texts;
  constexpr void apply(detail::Rules& rules) const { rules.strip_whitespace = true; }
};
inline constexpr StripWhitespace strip_whitespace;
struct ToLower {
  static constexpr auto rule_for = detail::RuleFor::texts;
  constexpr void apply(detail::Rules& rules) const { rules.to_lower = true; }
};
inline constexpr ToLower to_lower;
struct ToUpper {
  static constexpr auto rule_for = detail::RuleFor::texts;
  constexpr void apply(detail::Rules& rules) const { rules.to_upper = true; }
};
inline constexpr ToUpper to_upper;

// Any value.
struct Strict {
  constexpr void apply(detail::Rules& rules) const { rules.strict = true; }
};
inline constexpr Strict strict;
struct Required {  // an optional that must be given, if only as null
  constexpr void apply(detail::Rules& rules) const { rules.required = true; }
};
inline constexpr Required required;
struct Deprecated {
  constexpr void apply(detail::Rules& rules) const { rules.deprecated = true; }
};
inline constexpr Deprecated deprecated;
struct Sensitive {  // its input is never echoed in an error, nor logged
  constexpr void apply(detail::Rules& rules) const { rules.secret = true; }
};
inline constexpr Sensitive sensitive;
struct Exclude {  // left out when serialised
  constexpr void apply(detail::Rules& rules) const { rules.exclude = true; }
};
inline constexpr Exclude exclude;

#define PLINTH_TEXT_RULE(rule, member)                                                     \
  template <std::size_t N>                                                                 \
  struct rule : detail::TextRule<N> {                                                      \
    using detail::TextRule<N>::TextRule;                                                   \
    constexpr void apply(detail::Rules& rules) const { rules.member = this->text.view(); } \
  };                                                                                       \
  template <std::size_t N>                                                                 \
  rule(const char(&)[N])->rule<N>
PLINTH_TEXT_RULE(alias, alias);
PLINTH_TEXT_RULE(also_named, also_named);
PLINTH_TEXT_RULE(title, title);
PLINTH_TEXT_RULE(description, description);
PLINTH_TEXT_RULE(format, format);
PLINTH_TEXT_RULE(example, example);  // JSON text
#undef PLINTH_TEXT_RULE

template <std::size_t N>
struct discriminator : detail::TextRule<N> {  // of a variant: the member that tells which it is
  static constexpr auto rule_for = detail::RuleFor::variants;
  using detail::TextRule<N>::TextRule;
  constexpr void apply(detail::Rules& rules) const { rules.discriminator = this->text.view(); }
};
template <std::size_t N>
discriminator(const char (&)[N]) -> discriminator<N>;

/// A default: a number, a bool, an enumerator, a text literal.
template <class Value>
struct defaults_to {
  Value value;
  consteval explicit defaults_to(Value v) : value(v) {}
  constexpr void apply(detail::Rules&) const {}
};
template <std::size_t N>
struct defaults_to<detail::FixedString<N>> {
  detail::FixedString<N> value;
  consteval explicit defaults_to(const char (&literal)[N]) : value(literal) {}
  constexpr void apply(detail::Rules&) const {}
};
template <std::size_t N>
defaults_to(const char (&)[N]) -> defaults_to<detail::FixedString<N>>;
template <class Value>
defaults_to(Value) -> defaults_to<Value>;

/// A default that is made: `make<&function>`; also for lists, maps and structs. pydantic's
/// default_factory.
template <auto Function>
struct DefaultFactory {
  constexpr void apply(detail::Rules& rules) const { rules.default_is_made = true; }
};
template <auto Function>
inline constexpr DefaultFactory<Function> default_factory;

/// A default of an empty list, map or text, or of zero: `T{}`.
struct DefaultsToEmpty {
  constexpr void apply(detail::Rules&) const {}
};
inline constexpr DefaultsToEmpty defaults_to_empty;

/// A check of the user's: `std::string function(const T&)`, empty when good, else the reason.
/// pydantic's field_validator.
template <auto Function>
struct Check {
  constexpr void apply(detail::Rules&) const {}
};
template <auto Function>
inline constexpr Check<Function> check;

namespace detail {

template <class T, class Rule>
struct DefaultOf {
  static constexpr bool present = false;
};
template <class T, class Value>
struct DefaultOf<T, defaults_to<Value>> {
  static constexpr bool present = true;
  template <auto Rule>
  static T make() {
    return static_cast<T>(Rule.value);
  }
};
template <class T, std::size_t N>
struct DefaultOf<T, defaults_to<FixedString<N>>> {
  static constexpr bool present = true;
  template <auto Rule>
  static T make() {
    return T(std::string(Rule.value.view()));
  }
};
template <class T, auto Function>
struct DefaultOf<T, DefaultFactory<Function>> {
  static constexpr bool present = true;
  template <auto>
  static T make() {
    return Function();
  }
};
template <class T>
struct DefaultOf<T, DefaultsToEmpty> {
  static constexpr bool present = true;
  template <auto>
  static T make() {
    return T{};
  }
};

template <class T, auto... R>
inline constexpr bool has_default =
    (DefaultOf<T, std::remove_cvref_t<decltype(R)>>::present || ...);

template <class T, auto First, auto... Rest>
T default_value() {
  using Rule = DefaultOf<T, std::remove_cvref_t<decltype(First)>>;
  if constexpr (Rule::present) {
    return Rule::template make<First>();
  } else {
    return default_value<T, Rest...>();
  }
}

template <class Rule>
inline constexpr bool is_check = false;
template <auto Function>
inline constexpr bool is_check<Check<Function>> = true;

// The reason of the first check that fails.
template <class T, auto... R>
std::string run_checks(const void* value) {
  std::string reason;
  auto run = [&]<auto Function>(const Check<Function>&) {
    if (reason.empty()) reason = Function(*static_cast<const T*>(value));
  };
  (
      [&] {
        if constexpr (is_check<std::remove_cvref_t<decltype(R)>>) run(R);
      }(),
      ...);
  return reason;
}

template <class Rule>
concept IsRule = requires(const Rule& rule, Rules& rules) { rule.apply(rules); };

template <class Rule>
constexpr RuleFor rule_for() {
  if constexpr (requires { Rule::rule_for; }) {
    return Rule::rule_for;
  } else {
    return RuleFor::anything;
  }
}

template <class T, auto... R>
constexpr Rules fold_rules() {
  Rules rules;
  (R.apply(rules), ...);
  if constexpr ((is_check<std::remove_cvref_t<decltype(R)>> || ...)) {
    rules.check = &run_checks<T, R...>;
  }
  return rules;
}

}  // namespace detail
}  // namespace plinth
