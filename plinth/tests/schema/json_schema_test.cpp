#include "schema/json_schema.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sink.hpp"

using namespace plinth;
using plinth::schema::Definitions;
using plinth::schema::Usage;

namespace {

Json components_of(const char* file_name) {
  std::ifstream file(std::string(PLINTH_TEST_DATA "/") + file_name);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return Json::parse(text)["components"]["schemas"];
}

template <class T>
const detail::Type& type() {
  return detail::type_of<T>();
}

template <class T>
std::string schema_of(Usage usage = Usage::input, std::string_view title = {}) {
  Definitions definitions;
  definitions.use(type<T>(), usage);
  return definitions.schema(type<T>(), usage, title).dump();
}

}  // namespace

TEST_CASE("components are those of the recorded application") {
  Definitions definitions;
  definitions.use(type<sink::Item>(), Usage::input);
  definitions.use(type<sink::Item>(), Usage::output);
  definitions.use(type<sink::Strict>(), Usage::input);
  definitions.use(type<sink::FM>(), Usage::input);
  definitions.use(type<sink::Out>(), Usage::output);
  definitions.use(type<sink::Types>(), Usage::output);
  definitions.use(type<std::optional<sink::N>>(), Usage::input);
  Json made = definitions.components();
  Json recorded = components_of("sink_openapi.json");
  CHECK(made.size() == 11);
  for (const auto& [name, schema] : made.members()) {
    CAPTURE(name);
    CHECK(schema == recorded[name]);
  }
}

namespace {

namespace seed {
struct Login {
  Email email;
  std::string password;
};
struct Token {
  std::string access_token;
  Str<defaults_to("bearer")> token_type;
};
struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
};
}  // namespace seed

}  // namespace

TEST_CASE("components are those of the recorded seed") {
  Definitions definitions;
  definitions.use(type<seed::Login>(), Usage::input);
  definitions.use(type<seed::Token>(), Usage::output);
  definitions.use(type<seed::UserRead>(), Usage::output);
  Json made = definitions.components();
  Json recorded = components_of("seed_openapi.json");
  for (const auto& [name, schema] : made.members()) {
    CAPTURE(name);
    REQUIRE(recorded.contains(name));
    CHECK(schema == recorded[name]);
  }
}

TEST_CASE("titles are made from names as pydantic makes them") {
  CHECK(schema::title_of("created_at") == "Created At");
  CHECK(schema::title_of("camelName") == "Camelname");
  CHECK(schema::title_of("b2b_xY") == "B2B Xy");
  CHECK(schema::title_of("x-num") == "X-Num");
  CHECK(schema::title_of("_private_") == "Private");
  CHECK(schema::title_of("") == "");
}

TEST_CASE("numbers show their bounds") {
  CHECK(schema_of<Int<ge(1), lt(10)>>() ==
        R"({"type":"integer","minimum":1,"exclusiveMaximum":10})");
  CHECK(schema_of<Int<ge(0), le(100), multiple_of(5), defaults_to(10)>>(Usage::input, "N") ==
        R"({"type":"integer","multipleOf":5,"maximum":100,"minimum":0,"default":10,"title":"N"})");
  CHECK(schema_of<Float<gt(0), le(5.5)>>() ==
        R"({"type":"number","maximum":5.5,"exclusiveMinimum":0})");
  CHECK(schema_of<std::uint16_t>() == R"({"type":"integer","minimum":0})");
}

TEST_CASE("texts show their rules") {
  CHECK(schema_of<Str<min_length(1), max_length(3), pattern("a")>>() ==
        R"({"type":"string","minLength":1,"maxLength":3,"pattern":"a"})");
  CHECK(schema_of<Field<Secret, min_length(2)>>() ==
        R"({"type":"string","writeOnly":true,"format":"password","minLength":2})");
  CHECK(schema_of<Url>() == R"({"type":"string","format":"uri","minLength":1,"maxLength":2083})");
  CHECK(schema_of<Email>() == R"({"type":"string","format":"email"})");
  CHECK(schema_of<Literal<"a">>() == R"({"const":"a","type":"string"})");
  CHECK(schema_of<Literal<"a", "b">>() == R"({"enum":["a","b"],"type":"string"})");
  CHECK(schema_of<Str<format("hostname")>>() == R"({"type":"string","format":"hostname"})");
}

TEST_CASE("decimals come as number or text and go as text") {
  CHECK(schema_of<Field<Decimal, gt(0), max_digits(3)>>() ==
        R"~({"anyOf":[{"type":"number","exclusiveMinimum":0.0},{"type":"string","pattern":)~"
        R"~("^(?!^[-+.]*$)[+-]?0*(?:\\d{0,3}|(?=[\\d.]{1,4}0*$)\\d*\\.\\d*0*$)"}]})~");
  CHECK(schema_of<Field<Decimal, decimal_places(3)>>(Usage::output) ==
        R"~({"type":"string","pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d{0,3}0*$"})~");
}

TEST_CASE("containers show what they hold") {
  CHECK(
      schema_of<Field<std::set<int>, min_length(2), max_length(3)>>() ==
      R"({"type":"array","uniqueItems":true,"items":{"type":"integer"},"minItems":2,"maxItems":3})");
  CHECK(schema_of<Field<std::map<std::string, int>, min_length(1)>>() ==
        R"({"type":"object","additionalProperties":{"type":"integer"},"minProperties":1})");
  CHECK(schema_of<std::map<std::string, Json>>() ==
        R"({"type":"object","additionalProperties":true})");
  CHECK(schema_of<std::map<Str<min_length(2)>, int>>() ==
        R"({"type":"object","additionalProperties":{"type":"integer"},)"
        R"("propertyNames":{"minLength":2}})");
  CHECK(schema_of<std::map<Str<pattern("a")>, int>>() ==
        R"({"type":"object","patternProperties":{"a":{"type":"integer"}}})");
  CHECK(schema_of<std::map<sink::Color, int>>() ==
        R"({"type":"object","additionalProperties":{"type":"integer"},)"
        R"("propertyNames":{"$ref":"#/components/schemas/Color"}})");
  CHECK(schema_of<std::vector<Json>>() == R"({"type":"array","items":{}})");
  CHECK(
      schema_of<std::tuple<int, sink::Addr>>() ==
      R"({"type":"array","prefixItems":[{"type":"integer"},{"$ref":"#/components/schemas/Addr"}],)"
      R"("minItems":2,"maxItems":2})");
}

TEST_CASE("unions are flat and without repeats") {
  using Either = std::variant<std::int64_t, Int<description("")>, std::string>;
  CHECK(schema_of<Either>() == R"({"anyOf":[{"type":"integer"},{"type":"string"}]})");
  CHECK(schema_of<std::optional<Either>>() ==
        R"({"anyOf":[{"type":"integer"},{"type":"string"},{"type":"null"}]})");
  CHECK(schema_of<std::optional<Json>>() == "{}");
}

TEST_CASE("what rules say of a member stands beside its schema") {
  CHECK(schema_of<Int<title("T"), description("d"), deprecated, example("1"), defaults_to(10)>>(
            Usage::input, "Unused") ==
        R"({"type":"integer","title":"T","description":"d","deprecated":true,"examples":[1],)"
        R"("default":10})");
  CHECK(schema_of<std::optional<Int<description("d"), ge(1)>>>() ==
        R"({"anyOf":[{"type":"integer","minimum":1},{"type":"null"}],"description":"d"})");
  CHECK(schema_of<Field<sink::Color, defaults_to(sink::Color::red)>>(Usage::input, "Color") ==
        R"({"$ref":"#/components/schemas/Color","default":"red"})");
  CHECK(schema_of<Field<sink::Addr, description("desc"), title("TT")>>() ==
        R"({"$ref":"#/components/schemas/Addr","title":"TT","description":"desc"})");
  CHECK(schema_of<std::optional<sink::Addr>>(Usage::input, "Addr") ==
        R"({"anyOf":[{"$ref":"#/components/schemas/Addr"},{"type":"null"}]})");
}

namespace {

template <class T>
struct Page {
  std::vector<T> data;
  std::int64_t count;
};

namespace shop {
struct Thing {
  std::int64_t price;
};
}  // namespace shop
namespace stock {
struct Thing {
  std::int64_t count;
};
}  // namespace stock

struct Hidden {
  std::string shown;
  Str<exclude, defaults_to("")> kept;
};
struct Holder {
  std::vector<Hidden> list;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
};

struct Documented {
  static constexpr ModelConfig model_config{.title = "A title", .description = "What it is"};
  std::int64_t id;
};

std::string names(const Definitions& definitions) {
  std::string found;
  Json components = definitions.components();
  for (const auto& [name, schema] : components.members()) found += name + " ";
  return found;
}

}  // namespace

TEST_CASE("a struct template is named with its arguments") {
  Definitions definitions;
  definitions.use(type<Page<sink::Addr>>(), Usage::output);
  definitions.use(type<Page<std::int64_t>>(), Usage::output);
  CHECK(names(definitions) == "Addr Page_Addr_ Page_int_ ");
  CHECK(definitions.components()["Page_Addr_"].dump() ==
        R"({"properties":{"data":{"type":"array","items":{"$ref":"#/components/schemas/Addr"},)"
        R"("title":"Data"},"count":{"type":"integer","title":"Count"}},)"
        R"("required":["data","count"],"title":"Page[Addr]","type":"object"})");
}

TEST_CASE("two structs of one name are told apart by their scopes") {
  Definitions definitions;
  definitions.use(type<shop::Thing>(), Usage::input);
  definitions.use(type<stock::Thing>(), Usage::input);
  CHECK(definitions.components().size() == 2);
  CHECK(definitions.schema(type<shop::Thing>(), Usage::input) !=
        definitions.schema(type<stock::Thing>(), Usage::input));
}

TEST_CASE("what differs between in and out is split, and so is what holds it") {
  Definitions definitions;
  definitions.use(type<Holder>(), Usage::input);
  definitions.use(type<Holder>(), Usage::output);
  CHECK(names(definitions) == "Hidden-Input Hidden-Output Holder-Input Holder-Output ");
  CHECK(definitions.components()["Hidden-Output"]["properties"].size() == 1);

  Definitions one_way;
  one_way.use(type<Holder>(), Usage::input);
  CHECK(names(one_way) == "Hidden Holder ");
}

TEST_CASE("a struct may hold itself") {
  Definitions definitions;
  definitions.use(type<Tree>(), Usage::input);
  definitions.use(type<Tree>(), Usage::output);
  CHECK(names(definitions) == "Tree ");
  CHECK(definitions.components()["Tree"]["properties"]["children"].dump() ==
        R"({"type":"array","items":{"$ref":"#/components/schemas/Tree"},"title":"Children"})");
}

TEST_CASE("a struct says its title and description") {
  Definitions definitions;
  definitions.use(type<Documented>(), Usage::input);
  CHECK(definitions.components().dump() ==
        R"({"Documented":{"properties":{"id":{"type":"integer","title":"Id"}},"required":["id"],)"
        R"("title":"A title","type":"object","description":"What it is"}})");
}

TEST_CASE("schemas of the caller stand among the others") {
  Definitions definitions;
  definitions.use(type<sink::Addr>(), Usage::input);
  definitions.add("Body_login", Json::object({{"type", "object"}}));
  definitions.add("Aa", Json::object({}));
  CHECK(names(definitions) == "Aa Addr Body_login ");
}
