// Bodies of any bytes, read as a struct that has every kind of member. Whatever comes, the answer
// is JSON: the errors, or a value that reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "json/node.hpp"
#include "plinth/schema.hpp"
#include "schema/errors.hpp"
#include "schema/scratch.hpp"
#include "schema/serialise.hpp"
#include "schema/validate.hpp"

using namespace plinth;

namespace {

enum class Color { red, green };

struct Cat {
  Literal<"cat"> kind;
  std::int64_t meow;
};
struct Dog {
  Literal<"dog"> kind;
  std::string bark;
};

struct Tree {
  std::string name;
  Field<std::vector<Tree>, defaults_to_empty, max_length(8)> children;
};

using Either = std::variant<std::int64_t, bool, std::vector<std::string>, Tree, std::string>;

struct Everything {
  std::optional<Str<strip_whitespace, min_length(1), max_length(10), pattern("^[\\w ]+$")>> name;
  std::optional<Float<gt(0), multiple_of(0.5)>> price;
  std::optional<std::uint8_t> small;
  std::optional<float> real;
  Int<ge(-5), lt(100), defaults_to(1)> quantity;
  std::optional<Bool<strict>> sure;
  std::optional<Field<std::set<std::int32_t>, max_length(3)>> numbers;
  std::optional<std::map<Color, double>> by_color;
  std::optional<Tree> tree;
  std::optional<Field<std::variant<Cat, Dog>, discriminator("kind")>> pet;
  std::optional<Either> either;
  std::optional<std::tuple<std::int64_t, std::string>> pair;
  std::optional<Uuid> uuid;
  std::optional<DateTime> when;
  std::optional<Date> day;
  std::optional<Time> time;
  std::optional<Duration> duration;
  std::optional<Field<Decimal, max_digits(6), decimal_places(2), ge(-10)>> decimal;
  std::optional<Url> url;
  std::optional<Email> email;
  std::optional<Secret> password;
  std::optional<Bytes> bytes;
  std::optional<Str<to_lower, alias("camelName")>> camel_name;
  Field<Json, defaults_to_empty> any;
};

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string written(const void* value) {
  std::string text;
  schema::write(detail::type_of<Everything>(), value, text);
  return text;
}

void try_body(std::string_view text) {
  const auto& type = detail::type_of<Everything>();
  json::Document document;
  json::Error error;
  if (!document.parse(text, error)) return;

  schema::Scratch value(type);
  schema::Errors errors;
  schema::Loc body("body");
  bool good = schema::validate(type, document.root(), value.get(), errors, body);
  expect(good == errors.empty());
  if (!good) {
    Json answer = Json::parse(errors.to_json());
    expect(answer["detail"].size() == errors.size());
    return;
  }
  std::string once = written(value.get());
  json::Document again;
  expect(again.parse(once, error));
  schema::Scratch second(type);
  // A secret is not written, so what was written need not be good; all else is.
  if (!schema::validate(type, again.root(), second.get(), errors, body)) return;
  expect(written(second.get()) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_body({reinterpret_cast<const char*>(data), size});
  return 0;
}
