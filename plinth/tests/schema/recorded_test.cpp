// Answers of pydantic 2.13.4 to generated bodies of every kind (TypeAdapter.validate_python with
// from_attributes, then dump_json; errors in FastAPI's form): byte for byte.
//
// The file guards against regressions; it does not measure agreement. It keeps only bodies that
// were answered alike when it was made, so it has none of docs/deviations/schema.md, and no
// uuid_parsing, whose messages 2.13.5 changed.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>

#include "harness.hpp"
#include "plinth/schema.hpp"
#include "sink.hpp"

using namespace plinth;

namespace recorded {

struct AA {
  std::int64_t x;
  std::optional<std::string> y;
};
struct BB {
  std::int64_t x;
  Str<defaults_to("q")> z;
};
struct S3 {
  static constexpr ModelConfig model_config{.strict = true};
  std::int64_t a;
  std::optional<double> f;
  std::optional<bool> b;
  std::optional<std::string> s;
  std::optional<std::vector<std::int64_t>> l;
  std::optional<std::variant<std::int64_t, std::string>> u;
  std::optional<sink::Addr> ad;
};
struct Tree {
  std::string n;
  Field<std::vector<Tree>, defaults_to_empty> k;
};

template <class T>
detail::TypeFn table() {
  return &detail::type_of<T>;
}

const std::map<std::string, detail::TypeFn> types{
    {"int", table<std::int64_t>()},
    {"intc", table<Int<ge(1), lt(10), multiple_of(3)>>()},
    {"intg", table<Int<gt(-5), le(5)>>()},
    {"float", table<double>()},
    {"floatc", table<Float<gt(0), le(10.5)>>()},
    {"floatm", table<Float<multiple_of(0.5), ge(-1.5), lt(1e3)>>()},
    {"bool", table<bool>()},
    {"str", table<std::string>()},
    {"strc", table<Str<min_length(2), max_length(4), pattern("^[a-z\\d]+$")>>()},
    {"strw", table<Str<pattern("^\\w+\\s\\S$")>>()},
    {"strl", table<Str<to_lower, strip_whitespace, max_length(3)>>()},
    {"stru", table<Str<to_upper>>()},
    {"bytes", table<Field<Bytes, min_length(2), max_length(4)>>()},
    {"list", table<Field<std::vector<std::int64_t>, min_length(1), max_length(3)>>()},
    {"set", table<Field<std::set<std::int64_t>, min_length(2), max_length(3)>>()},
    {"dict", table<Field<std::map<std::string, std::int64_t>, min_length(1), max_length(2)>>()},
    {"dicti", table<std::map<std::int64_t, double>>()},
    {"tuple", table<std::tuple<std::int64_t, std::string>>()},
    {"opt", table<std::optional<Str<min_length(2)>>>()},
    {"lit", table<Literal<"a", "b", "it's">>()},
    {"color", table<sink::Color>()},
    {"n", table<sink::N>()},
    {"u_int_str", table<std::variant<std::int64_t, std::string>>()},
    {"u_str_int", table<std::variant<std::string, std::int64_t>>()},
    {"u_float_int", table<std::variant<double, std::int64_t>>()},
    {"u_bool_int_str", table<std::variant<bool, std::int64_t, std::string>>()},
    {"u_models", table<std::variant<AA, BB>>()},
    {"u_list",
     table<std::variant<std::vector<std::int64_t>, std::map<std::string, std::string>, AA>>()},
    {"u_mix", table<std::variant<std::int64_t, sink::Color, DateTime, Uuid, bool>>()},
    {"u_nest",
     table<
         std::vector<std::variant<std::int64_t, std::vector<std::variant<bool, std::string>>>>>()},
    {"u_con", table<std::variant<Int<gt(5)>, Str<max_length(3)>, Literal<"long one">>>()},
    {"u_any", table<std::variant<std::int64_t, Json>>()},
    {"pet", table<sink::Pet>()},
    {"strict", table<S3>()},
    {"tree", table<Tree>()},
    {"addr", table<sink::Addr>()},
    {"dec", table<Field<Decimal, max_digits(5), decimal_places(2)>>()},
    {"decg", table<Field<Decimal, gt(0), le(10.5)>>()},
    {"decm", table<Field<Decimal, multiple_of(0.5)>>()},
    {"uuid", table<Uuid>()},
    {"dt", table<DateTime>()},
    {"date", table<Date>()},
    {"time", table<Time>()},
    {"td", table<Duration>()},
    {"url", table<Url>()},
    {"any", table<Json>()},
    {"item", table<sink::Item>()},
    {"qm", table<sink::QM>()},
};

}  // namespace recorded

TEST_CASE("bodies of every kind are answered as pydantic answers them") {
  std::ifstream file(PLINTH_TEST_DATA "/pydantic_cases.jsonl");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    Json row = Json::parse(line);
    CAPTURE(line);
    const auto& type = recorded::types.at(row["type"].str())();
    CHECK(schema::answer_body(type, row["body"].str()).body == row["answer"].str());
    ++count;
  }
  CHECK(count == 722);
}

namespace recorded {
// Each level may be any of three lists: without a bound, 3 to the power of the depth.
struct Maze {
  std::variant<std::vector<Maze>, Field<std::vector<Maze>, min_length(0)>,
               Field<std::vector<Maze>, max_length(9)>, bool>
      next;
};
}  // namespace recorded

TEST_CASE("unions within unions cannot make the work explode") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += R"({"next":[)";
  text += "1";
  for (int i = 0; i < 60; ++i) text += "]}";
  auto answer = schema::answer_body(detail::type_of<recorded::Maze>(), text);
  CHECK(!answer.good);
  CHECK_NOTHROW(Json::parse(answer.body));
}
