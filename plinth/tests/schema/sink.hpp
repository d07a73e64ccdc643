// The schemas of the recorded application behind tests/conformance/sink.jsonl.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "plinth/schema.hpp"

namespace sink {

using namespace plinth;

enum class Color : std::uint8_t { red, green };
enum class N { one = 1, two = 2 };

struct QM {
  static constexpr ModelConfig model_config{.forbid_extra = true};
  Int<gt(0), le(100), defaults_to(100)> limit;
  Field<Literal<"a", "b">, defaults_to("a")> order;
  Field<std::vector<std::string>, defaults_to_empty> tags;
};

struct Addr {
  Str<min_length(1)> street;
  std::optional<Str<pattern("^\\d{5}$")>> zip;
};

struct Cat {
  Literal<"cat"> kind;
  std::int64_t meow;
};

struct Dog {
  Literal<"dog"> kind;
  std::string bark;
};

using Pet = Field<std::variant<Cat, Dog>, discriminator("kind")>;

inline std::string check_name(const std::string& name) {
  return name == "bad" ? "name is bad" : "";
}
inline std::vector<Addr> no_addresses() { return {}; }

struct Item {
  Str<strip_whitespace, min_length(1), max_length(10), check<check_name>> name;
  Float<gt(0), description("The price"), example("1.5")> price;
  Int<defaults_to(1)> qty;
  Bool<defaults_to(true)> ok;
  Field<std::set<std::string>, defaults_to_empty> tags;
  std::optional<Addr> addr;
  Field<std::vector<Addr>, default_factory<no_addresses>, max_length(3)> addrs;
  Field<std::map<std::string, std::int64_t>, defaults_to_empty> m;
  std::optional<Uuid> u;
  std::optional<DateTime> when;
  std::optional<Date> day;
  std::optional<Time> tm;
  std::optional<Duration> dur;
  std::optional<Field<Decimal, max_digits(6), decimal_places(2)>> dec;
  std::optional<Color> color;
  std::optional<Pet> pet;
  std::optional<std::variant<std::int64_t, std::string>> uni;
  std::optional<std::tuple<std::int64_t, std::string>> tup;
  std::optional<Url> url;
  std::optional<Secret> secret;
  std::optional<Bytes> by;
  std::optional<Str<alias("camelName")>> snake_name;
  Field<Json, defaults_to_empty> any;

  static std::string check(const Item& item) { return item.qty == 13 ? "unlucky" : ""; }
};

struct Strict {
  static constexpr ModelConfig model_config{.forbid_extra = true, .strict = true};
  std::int64_t a;
  std::string b;
  Float<defaults_to(0.0)> c;
  Bool<defaults_to(false)> d;
};

struct FM {
  static constexpr ModelConfig model_config{.forbid_extra = true};
  std::string u;
  std::int64_t p;
};

struct Out {
  std::int64_t a;
  std::optional<std::string> b;
  Float<defaults_to(1.5)> c;
};

struct Types {
  DateTime dt;
  DateTime naive;
  DateTime off;
  Date d;
  Time t;
  Duration td;
  Uuid u;
  Decimal dec;
  Color e;
  Bytes b;
  std::string uni;
};

}  // namespace sink

template <>
inline constexpr bool plinth::integer_enum<sink::N> = true;
