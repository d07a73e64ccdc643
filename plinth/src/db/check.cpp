// Values that no column, or not this one, can hold are refused before any SQL runs, alike on every
// engine: SQLite would cut a text at NUL and ignore VARCHAR's length.
#include <cmath>
#include <limits>

#include "db/value.hpp"
#include "json/utf8.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using detail::Kind;

namespace {

// 0001-01-01T00:00:00 and 9999-12-31T23:59:59.999999: what both engines and Python hold.
constexpr std::int64_t first_microsecond = -62'135'596'800'000'000;
constexpr std::int64_t last_microsecond = 253'402'300'799'999'999;
constexpr std::int32_t first_day = -719'162;
constexpr std::int32_t last_day = 2'932'896;

std::string problem_of_text(const std::string& text) {
  if (text.find('\0') != std::string::npos) return "a text with a NUL character";
  if (!json::is_utf8(text)) return "a text that is not UTF-8";
  return {};
}

std::string problem_of_json(const Json& value, int depth = 0) {
  // What is deeper would not be read again.
  if (depth > 200) return "JSON nested deeper than 200";
  switch (value.kind()) {
    case Json::Kind::string:
      return problem_of_text(value.str());
    case Json::Kind::number:
      return std::isfinite(value.number()) ? "" : "JSON with NaN or an infinity";
    case Json::Kind::array:
      for (const auto& item : value.items()) {
        if (auto problem = problem_of_json(item, depth + 1); !problem.empty()) return problem;
      }
      return {};
    case Json::Kind::object:
      for (const auto& [key, item] : value.members()) {
        auto problem = problem_of_text(key);
        if (problem.empty()) problem = problem_of_json(item, depth + 1);
        if (!problem.empty()) return problem;
      }
      return {};
    default:
      return {};
  }
}

std::string problem_of_array(const Array& array);

std::string problem_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return problem_of_text(*text);
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isnan(*number) ? "NaN" : "";
  }
  if (const auto* at = std::get_if<DateTime>(&value)) {
    const bool ok = at->microseconds >= first_microsecond && at->microseconds <= last_microsecond;
    return ok ? "" : "a time outside of the years 1 to 9999";
  }
  if (const auto* date = std::get_if<Date>(&value)) {
    const bool ok = date->days >= first_day && date->days <= last_day;
    return ok ? "" : "a date outside of the years 1 to 9999";
  }
  if (const auto* json = std::get_if<Json>(&value)) return problem_of_json(*json);
  if (const auto* array = std::get_if<Array>(&value)) return problem_of_array(*array);
  return {};
}

// JSON, which SQLite keeps arrays in, has no infinity.
std::string problem_of_array(const Array& array) {
  for (const auto& item : array.items) {
    const auto* number = std::get_if<double>(&item.value);
    auto problem = number && std::isinf(*number) ? "an infinity" : problem_of(item.value);
    if (!problem.empty()) return "an array with " + problem;
  }
  return {};
}

struct Digits {
  std::int64_t whole = 0;
  std::int64_t fraction = 0;
};

// Digits before and after the point of a canonical decimal, without leading and trailing zeros.
Digits digits_of(const std::string& text) {
  std::int64_t exponent = 0;
  std::string digits;
  std::int64_t point = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == 'E' || c == 'e') {
      exponent = std::strtoll(text.c_str() + i + 1, nullptr, 10);
      break;
    }
    if (c == '.') point = static_cast<std::int64_t>(digits.size());
    if (c >= '0' && c <= '9') digits += c;
  }
  const auto size = static_cast<std::int64_t>(digits.size());
  if (point < 0) point = size;
  const auto first = digits.find_first_not_of('0');
  if (first == std::string::npos) return {};
  const auto last = static_cast<std::int64_t>(digits.find_last_not_of('0'));
  point += exponent;
  return {.whole = std::max<std::int64_t>(0, point - static_cast<std::int64_t>(first)),
          .fraction = std::max<std::int64_t>(0, last + 1 - point)};
}

std::string problem_of_decimal(const Column& column, const Decimal& value) {
  if (column.max_digits < 0) return {};
  const auto digits = digits_of(value.text);
  const auto places = std::max(0, column.decimal_places);
  if (digits.fraction > places) {
    return "more than " + std::to_string(places) + " digits after the point";
  }
  if (digits.whole > column.max_digits - places) {
    return "more than " + std::to_string(column.max_digits - places) + " digits before the point";
  }
  return {};
}

std::string problem_of_integer(Kind kind, std::int64_t value) {
  auto within = [&](std::int64_t low, std::int64_t high) {
    return value >= low && value <= high ? std::string()
                                         : "an integer out of range: " + std::to_string(value);
  };
  switch (kind) {
    case Kind::int8:
      return within(-128, 127);
    case Kind::int16:
      return within(std::numeric_limits<std::int16_t>::min(),
                    std::numeric_limits<std::int16_t>::max());
    case Kind::int32:
      return within(std::numeric_limits<std::int32_t>::min(),
                    std::numeric_limits<std::int32_t>::max());
    case Kind::uint8:
      return within(0, 255);
    case Kind::uint16:
      return within(0, 65'535);
    case Kind::uint32:
      return within(0, 4'294'967'295);
    case Kind::uint64:
      return within(0, std::numeric_limits<std::int64_t>::max());
    default:
      return {};
  }
}

std::string problem_of_number(Kind kind, double value) {
  constexpr double most = std::numeric_limits<float>::max();
  const bool fits = kind != Kind::float32 || !std::isfinite(value) || std::abs(value) <= most;
  return fits ? "" : "a number out of range";
}

std::string problem_of(const Column& column, const detail::Type* type, const Value& value) {
  if (type->kind == Kind::optional) {
    type = &type->element();
  } else if (std::holds_alternative<std::monostate>(value)) {
    return "NULL";
  }
  if (const auto* text = std::get_if<std::string>(&value); text && column.max_length >= 0) {
    const auto length = static_cast<std::int64_t>(json::count_code_points(*text));
    if (length > column.max_length) {
      return "a text of " + std::to_string(length) + " characters, but " +
             std::to_string(column.max_length) + " fit";
    }
  }
  if (const auto* decimal = std::get_if<Decimal>(&value)) {
    return problem_of_decimal(column, *decimal);
  }
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return problem_of_integer(type->kind, *integer);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return problem_of_number(type->kind, *number);
  }
  if (const auto* array = std::get_if<Array>(&value); array && type->kind == Kind::list) {
    for (const auto& item : array->items) {
      auto problem = problem_of(column, &type->element(), item.value);
      if (!problem.empty()) return "an array with " + problem;
    }
  }
  return {};
}

std::string problem_of(const Column& column, const Value& value) {
  auto problem = problem_of(value);
  return problem.empty() ? problem_of(column, &column.type(), value) : problem;
}

}  // namespace

void check_parameter(const Value& value) {
  if (auto problem = problem_of(value); !problem.empty()) {
    throw DataError("a parameter cannot be " + problem);
  }
}

void check_column(const Table& table, const Column& column, const Value& value) {
  if (auto problem = problem_of(column, value); !problem.empty()) {
    throw DataError(std::string(table.name) + "." + std::string(column.name) + " cannot hold " +
                    problem);
  }
}

}  // namespace plinth::db
