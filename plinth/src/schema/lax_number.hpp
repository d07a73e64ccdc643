// Numbers in texts, as pydantic reads them in lax mode.
//
// Source: pydantic-core 2.41, src/input/shared.rs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::schema {

/// Digits of an integer, as JSON writes one: "-12". " +1_000.00 " gives "1000"; "1e3" gives none.
std::optional<std::string> integer_digits(std::string_view text);

/// pydantic refuses longer texts as too big without reading them.
inline constexpr std::size_t integer_digits_max = 4300;

/// "1.5", " .5 ", "1e1", "1_0.5", "inf", "NaN". Beyond the range of double: infinite.
std::optional<double> float_value(std::string_view text);

/// "yes", "OFF", "1", …
std::optional<bool> bool_value(std::string_view text);

/// Without Unicode's white space at both ends.
std::string_view trim(std::string_view text);

}  // namespace plinth::schema
