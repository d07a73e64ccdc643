#include "formats/decimal.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace plinth;
using namespace plinth::formats;

namespace {

Decimal decimal(std::string_view text) {
  auto parsed = decimal_from_text(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

// Recorded from pydantic 2.13.5.
TEST_CASE("digits are counted without trailing zeros") {
  struct Row {
    std::string_view text;
    std::int32_t max_digits;
    std::int32_t decimal_places;
    std::string_view type;
    std::string_view message;
    std::string_view ctx;
  };
  constexpr Row rows[] = {
      {"123.45", 5, 2, "", "", ""},
      {"1234.5", 5, 2, "decimal_whole_digits",
       "Decimal input should have no more than 3 digits before the decimal point",
       R"({"whole_digits":3})"},
      {"123456", 5, 2, "decimal_max_digits",
       "Decimal input should have no more than 5 digits in total", R"({"max_digits":5})"},
      {"1.234", 5, 2, "decimal_max_places",
       "Decimal input should have no more than 2 decimal places", R"({"decimal_places":2})"},
      {"123.456", 5, 2, "decimal_max_digits",
       "Decimal input should have no more than 5 digits in total", R"({"max_digits":5})"},
      {"1e3", 5, 2, "decimal_whole_digits",
       "Decimal input should have no more than 3 digits before the decimal point",
       R"({"whole_digits":3})"},
      {"0.00000", 5, 2, "", "", ""},
      {"00000123.45", 5, 2, "", "", ""},
      {"1E-2", 5, 2, "", "", ""},
      {"0.0123", 3, -1, "decimal_max_digits",
       "Decimal input should have no more than 3 digits in total", R"({"max_digits":3})"},
      {"1e2", 3, -1, "", "", ""},
      {"1e3", 3, -1, "decimal_max_digits",
       "Decimal input should have no more than 3 digits in total", R"({"max_digits":3})"},
      {"1.200", -1, 2, "", "", ""},
      {"1e-3", -1, 2, "decimal_max_places",
       "Decimal input should have no more than 2 decimal places", R"({"decimal_places":2})"},
      {"0.12", 2, 1, "decimal_max_places", "Decimal input should have no more than 1 decimal place",
       R"({"decimal_places":1})"},
      {"12", 2, 1, "decimal_whole_digits",
       "Decimal input should have no more than 1 digit before the decimal point",
       R"({"whole_digits":1})"},
      {"1", 1, 1, "decimal_whole_digits",
       "Decimal input should have no more than 0 digits before the decimal point",
       R"({"whole_digits":0})"},
      {"1e999999999999", 5, 2, "decimal_max_digits",
       "Decimal input should have no more than 5 digits in total", R"({"max_digits":5})"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto problem = check_digits(decimal(row.text), row.max_digits, row.decimal_places);
    CHECK(problem.type == row.type);
    CHECK(problem.message == row.message);
    CHECK(problem.ctx == row.ctx);
  }
}

TEST_CASE("decimals compare by value") {
  CHECK(compare(decimal("1.0"), decimal("1.00")) == 0);
  CHECK(compare(decimal("-0"), decimal("0e5")) == 0);
  CHECK(compare(decimal("-1"), decimal("1")) < 0);
  CHECK(compare(decimal("-2"), decimal("-1")) < 0);
  CHECK(compare(decimal("0"), decimal("0.001")) < 0);
  CHECK(compare(decimal("-0.001"), decimal("0")) < 0);
  CHECK(compare(decimal("9.99"), decimal("10")) < 0);
  CHECK(compare(decimal("1e999999999999"), decimal("999")) > 0);
  CHECK(compare(decimal("1e-999999999999"), decimal("0")) > 0);
  CHECK(compare(decimal("123456789012345678901"), decimal("123456789012345678902")) < 0);
}

TEST_CASE("multiples are exact where floats are not") {
  CHECK(is_multiple(decimal("0.3"), decimal("0.1")));
  CHECK(is_multiple(decimal("1.2"), decimal("0.1")));
  CHECK_FALSE(is_multiple(decimal("1.25"), decimal("0.1")));
  CHECK(is_multiple(decimal("1e500"), decimal("8")));
  CHECK_FALSE(is_multiple(decimal("1e500"), decimal("3")));
  CHECK(is_multiple(decimal("-9"), decimal("3")));
  CHECK(is_multiple(decimal("0"), decimal("7")));
  CHECK_FALSE(is_multiple(decimal("7"), decimal("0")));
  CHECK(is_multiple(decimal("100"), decimal("20")));
  CHECK_FALSE(is_multiple(decimal("10"), decimal("20")));
}

TEST_CASE("as a number, a decimal is an integer or a float") {
  CHECK(decimal_as_number(decimal("1.10")) == "1.1");
  CHECK(decimal_as_number(decimal("12")) == "12");
  CHECK(decimal_as_number(decimal("-1e3")) == "-1000");
  CHECK(decimal_as_number(decimal("-0")) == "0");
  CHECK(decimal_as_number(decimal("1e-7")) == "1e-07");
  CHECK(decimal_as_number(decimal("1e999999999999")) == "null");
}

TEST_CASE("numbers become decimals by their shortest text") {
  CHECK(decimal_from_number(0.1)->text == "0.1");
  CHECK(decimal_from_number(1e22)->text == "1E+22");
  CHECK(decimal_from_number(std::numeric_limits<double>::infinity()).problem.type ==
        "finite_number");
  CHECK(decimal_from_number(std::numeric_limits<double>::quiet_NaN()).problem.message ==
        "Input should be a finite number");
}
