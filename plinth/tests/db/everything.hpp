// A table with a column of each type.
#pragma once

#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>

#include "models.hpp"

namespace models {

enum class Colour { red, green };
enum class Level { low = 1, high = 2 };

}  // namespace models

template <>
inline constexpr bool plinth::integer_enum<models::Level> = true;

namespace models {

struct Everything {
  static constexpr auto table = "everything";

  Column<std::int64_t, primary_key> id;
  Column<bool> flag;
  Column<std::int8_t> tiny;
  Column<std::int16_t> small;
  Column<std::int32_t> medium;
  Column<std::int64_t> large;
  Column<std::uint8_t> tiny_unsigned;
  Column<std::uint32_t> medium_unsigned;
  Column<std::uint64_t> large_unsigned;
  Column<float> single;
  Column<double> number;
  Column<std::string> name;
  Column<Email, max_length(320)> email;
  Column<Bytes> data;
  Column<DateTime> moment;
  Column<Date> day;
  Column<Time> clock;
  Column<Duration> lasting;
  Column<Uuid> uuid;
  Column<Decimal, max_digits(12), decimal_places(3)> price;
  Column<Json> json;
  Column<Colour> colour;
  Column<Level> level;
  Column<std::optional<std::string>> note;
  Column<std::optional<std::int32_t>> count;
  Column<std::optional<Colour>> shade;
};

inline Everything sample() {
  return Everything{.flag = true,
                    .tiny = std::int8_t{-128},
                    .small = std::int16_t{-32768},
                    .medium = -2147483647 - 1,
                    .large = std::numeric_limits<std::int64_t>::min(),
                    .tiny_unsigned = std::uint8_t{255},
                    .medium_unsigned = 4294967295U,
                    .large_unsigned = std::uint64_t{9223372036854775807U},
                    .single = 0.1F,
                    .number = 1e308,
                    .name = "na\xc3\xafve \xf0\x9f\x8c\x8d '; DROP TABLE everything; --",
                    .email = Email("ada@example.com"),
                    .data = Bytes{std::string("\0\xff'\n", 4)},
                    .moment = DateTime{1'795'618'029'514'340, 7200},
                    .day = Date{-719'162},
                    .clock = Time{86'399'999'999},
                    .lasting = Duration{-3'600'000'001},
                    .uuid = *Uuid::parse("0123456789abcdef0123456789abcdef"),
                    .price = Decimal{"-123456789.125"},
                    .json = Json::parse(R"({"a": [1, 2.5, null, "x\u00e9"], "b": {}})"),
                    .colour = Colour::green,
                    .level = Level::high};
}

/// What ends the work, in words.
template <class Function>
std::string failure(Engine& engine, Function function) {
  try {
    run(function(engine));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace models
