// Decimal numbers as text, by the rules of Python's decimal and pydantic's checks.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/problem.hpp"
#include "plinth/values.hpp"

namespace plinth::formats {

/// What decimal.Decimal(text) takes, but for NaN and the infinities: white space around, "_"
/// between digits, an exponent.
Parsed<Decimal> decimal_from_text(std::string_view text);
/// By way of the shortest text, as Decimal(str(value)).
Parsed<Decimal> decimal_from_number(double value);

/// max_digits and decimal_places of a Field; -1: no limit. A problem of an empty type when all is
/// well.
Problem check_digits(const Decimal& value, std::int32_t max_digits, std::int32_t decimal_places);

/// By value: "1.0" equals "1.00".
std::strong_ordering compare(const Decimal& left, const Decimal& right);
bool is_multiple(const Decimal& value, const Decimal& step);

/// FastAPI's decimal_encoder: digits of an integer where the exponent is not negative, else as a
/// float.
std::string decimal_as_number(const Decimal& value);

}  // namespace plinth::formats
