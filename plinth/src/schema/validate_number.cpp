// bool, integers, floats.
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <type_traits>

#include "json/writer.hpp"
#include "schema/lax_number.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Bound;

namespace {

// As Rust prints an f64: never with an exponent.
std::string plain_text(double value) {
  char buffer[512];
  auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return {buffer, end};
}

std::string python_float(double value) {
  std::string text;
  json::append_float(text, value, json::Floats::python);
  return text;
}

// A bound as it stands in messages and in ctx, where it is typed like the member.
struct BoundText {
  std::string message;
  std::string ctx;
};

BoundText text_of(const Bound& bound, bool of_float) {
  if (of_float) return {plain_text(bound.number), python_float(bound.number)};
  if (!bound.is_integer) return {plain_text(bound.number), python_float(bound.number)};
  std::string digits = std::to_string(bound.integer);
  return {digits, digits};
}

std::string context(std::string_view key, const BoundText& bound) {
  return Context().raw(key, bound.ctx).take();
}

bool is_integral(double number) { return std::isfinite(number) && std::trunc(number) == number; }

constexpr double int64_limit = 9223372036854775808.0;  // 2^63
constexpr std::uint64_t int64_magnitude = std::uint64_t{1} << 63;

constexpr std::string_view too_big =
    "Unable to parse input string as an integer, exceeded maximum size";

}  // namespace

bool Validator::boolean(const Task& task) {
  const auto& input = task.input;
  if (input.is_boolean()) {
    task.as<bool>() = input.boolean();
    return true;
  }
  constexpr std::string_view uninterpretable =
      "Input should be a valid boolean, unable to interpret input";
  constexpr std::string_view not_boolean = "Input should be a valid boolean";
  if (task.strict) return fail(task, "bool_type", not_boolean);
  floor(Exactness::lax);
  if (input.is_string()) {
    if (!usable_text(task)) return false;
    auto value = bool_value(input.string());
    if (!value) return fail(task, "bool_parsing", uninterpretable);
    task.as<bool>() = *value;
    return true;
  }
  bool is_whole = input.is_integer() || (input.is_number() && is_integral(input.number()) &&
                                         std::abs(input.number()) < int64_limit);
  if (!is_whole) return fail(task, "bool_type", not_boolean);
  double number = input.number();
  if (number != 0 && number != 1) return fail(task, "bool_parsing", uninterpretable);
  task.as<bool>() = number == 1;
  return true;
}

template <class Integer>
bool Validator::integer(const Task& task) {
  Whole whole;
  if (!read_integer(task, whole)) return false;
  if (std::unsigned_integral<Integer> && whole.negative) {
    return fail(task, "greater_than_equal", "Input should be greater than or equal to 0",
                R"({"ge":0})");
  }
  if (whole.negative ? !std::in_range<Integer>(whole.signed_value())
                     : !std::in_range<Integer>(whole.magnitude)) {
    return fail(task, "int_parsing_size", too_big);
  }
  if (!integer_bounds(task, whole)) return false;
  task.as<Integer>() = static_cast<Integer>(whole.signed_value());
  return true;
}

bool Validator::read_integer(const Task& task, Whole& out) {
  const auto& input = task.input;
  if (input.is_integer()) {
    out = Whole::of(input.integer());
    return true;
  }
  if (input.is_big_integer()) return read_integer_text(task, input.literal(), out);
  if (task.strict) return fail(task, "int_type", "Input should be a valid integer");
  floor(Exactness::lax);
  if (input.is_string()) {
    return usable_text(task) && read_integer_text(task, input.string(), out);
  }
  if (input.is_boolean()) {
    out = Whole::of(input.boolean() ? 1 : 0);
    return true;
  }
  if (!input.is_number()) return fail(task, "int_type", "Input should be a valid integer");
  double real = input.number();
  if (!std::isfinite(real)) {
    return fail(task, "finite_number", "Input should be a finite number");
  }
  if (!is_integral(real)) {
    return fail(task, "int_from_float",
                "Input should be a valid integer, got a number with a fractional part");
  }
  if (std::abs(real) >= int64_limit) return fail(task, "int_parsing_size", too_big);
  out = Whole::of(static_cast<std::int64_t>(real));
  return true;
}

bool Validator::read_integer_text(const Task& task, std::string_view text, Whole& out) {
  if (text.size() > integer_digits_max) return fail(task, "int_parsing_size", too_big);
  auto digits = integer_digits(text);
  if (!digits) {
    return fail(task, "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer");
  }
  bool minus = digits->starts_with('-');
  const char* end = digits->data() + digits->size();
  auto result = std::from_chars(digits->data() + (minus ? 1 : 0), end, out.magnitude);
  out.negative = minus && out.magnitude != 0;
  bool fits = result.ec == std::errc() && (!out.negative || out.magnitude <= int64_magnitude);
  return fits || fail(task, "int_parsing_size", too_big);
}

template bool Validator::integer<std::int8_t>(const Task&);
template bool Validator::integer<std::int16_t>(const Task&);
template bool Validator::integer<std::int32_t>(const Task&);
template bool Validator::integer<std::int64_t>(const Task&);
template bool Validator::integer<std::uint8_t>(const Task&);
template bool Validator::integer<std::uint16_t>(const Task&);
template bool Validator::integer<std::uint32_t>(const Task&);
template bool Validator::integer<std::uint64_t>(const Task&);

namespace {

// -1, 0, 1 as the number is below, at or above the bound.
int compare(const Validator::Whole& number, const Bound& bound) {
  if (bound.is_integer) {
    if (!number.negative && number.magnitude >= int64_magnitude) return 1;
    std::int64_t value = number.signed_value();
    return value < bound.integer ? -1 : value > bound.integer;
  }
  auto real = static_cast<double>(number.magnitude) * (number.negative ? -1 : 1);
  return real < bound.number ? -1 : real > bound.number;
}

bool is_multiple(const Validator::Whole& number, const Bound& step) {
  if (!step.is_integer) {
    return std::fmod(static_cast<double>(number.magnitude), step.number) == 0;
  }
  auto magnitude = static_cast<std::uint64_t>(step.integer < 0 ? -step.integer : step.integer);
  return magnitude != 0 && number.magnitude % magnitude == 0;
}

}  // namespace

// The order is pydantic's: the first rule that fails is the only one that is told.
bool Validator::integer_bounds(const Task& task, const Whole& number) {
  const auto& rules = task.rules;
  auto refuse = [&](std::string_view type, std::string_view words, std::string_view key,
                    const Bound& bound) {
    BoundText text = text_of(bound, false);
    return fail(task, type, std::string(words) + text.message, context(key, text));
  };
  if (rules.multiple_of.present && !is_multiple(number, rules.multiple_of)) {
    return refuse("multiple_of", "Input should be a multiple of ", "multiple_of",
                  rules.multiple_of);
  }
  if (rules.le.present && compare(number, rules.le) > 0) {
    return refuse("less_than_equal", "Input should be less than or equal to ", "le", rules.le);
  }
  if (rules.lt.present && compare(number, rules.lt) >= 0) {
    return refuse("less_than", "Input should be less than ", "lt", rules.lt);
  }
  if (rules.ge.present && compare(number, rules.ge) < 0) {
    return refuse("greater_than_equal", "Input should be greater than or equal to ", "ge",
                  rules.ge);
  }
  if (rules.gt.present && compare(number, rules.gt) <= 0) {
    return refuse("greater_than", "Input should be greater than ", "gt", rules.gt);
  }
  return true;
}

template <class Float>
bool Validator::floating(const Task& task) {
  const auto& input = task.input;
  double number = 0;
  if (input.is_number()) {
    number = input.number();
  } else if (input.is_integer() || input.is_big_integer()) {
    floor(Exactness::strict);
    number = input.number();
    if (!std::isfinite(number)) return fail(task, "float_type", "Input should be a valid number");
  } else if (input.is_string() && !task.strict) {
    if (!usable_text(task)) return false;
    floor(Exactness::lax);
    auto value = float_value(input.string());
    if (!value) {
      return fail(task, "float_parsing",
                  "Input should be a valid number, unable to parse string as a number");
    }
    number = *value;
  } else if (input.is_boolean() && !task.strict) {
    floor(Exactness::lax);
    number = input.boolean() ? 1 : 0;
  } else {
    return fail(task, "float_type", "Input should be a valid number");
  }
  if (!float_bounds(task, number)) return false;
  using Limits = std::numeric_limits<Float>;
  if (number > Limits::max()) number = Limits::infinity();
  if (number < Limits::lowest()) number = -Limits::infinity();
  task.as<Float>() = static_cast<Float>(number);
  return true;
}

template bool Validator::floating<float>(const Task&);
template bool Validator::floating<double>(const Task&);

// Comparisons are written so that NaN fails each of them.
bool Validator::float_bounds(const Task& task, double number) {
  const auto& rules = task.rules;
  auto refuse = [&](std::string_view type, std::string_view words, std::string_view key,
                    const Bound& bound) {
    BoundText text = text_of(bound, true);
    return fail(task, type, std::string(words) + text.message, context(key, text));
  };
  if (rules.multiple_of.present) {
    constexpr double tolerance = 1e-9;
    double step = rules.multiple_of.number;
    double difference = std::abs(number - std::round(number / step) * step);
    if (difference > tolerance) {
      return refuse("multiple_of", "Input should be a multiple of ", "multiple_of",
                    rules.multiple_of);
    }
  }
  if (rules.le.present && !(number <= rules.le.number)) {
    return refuse("less_than_equal", "Input should be less than or equal to ", "le", rules.le);
  }
  if (rules.lt.present && !(number < rules.lt.number)) {
    return refuse("less_than", "Input should be less than ", "lt", rules.lt);
  }
  if (rules.ge.present && !(number >= rules.ge.number)) {
    return refuse("greater_than_equal", "Input should be greater than or equal to ", "ge",
                  rules.ge);
  }
  if (rules.gt.present && !(number > rules.gt.number)) {
    return refuse("greater_than", "Input should be greater than ", "gt", rules.gt);
  }
  return true;
}

}  // namespace plinth::schema
