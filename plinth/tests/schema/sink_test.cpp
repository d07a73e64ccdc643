// The recorded exchanges of a FastAPI application, through validate and write: byte for byte.
#include "sink.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness.hpp"

using namespace plinth;
using plinth::schema::Loc;

namespace {

struct Exchange {
  std::string path;
  Json body;
  bool good = false;
  std::string answer;
};

std::vector<Exchange> recorded(std::string_view prefix) {
  std::ifstream file(PLINTH_TEST_DATA "/sink.jsonl");
  std::vector<Exchange> found;
  for (std::string line; std::getline(file, line);) {
    Json row = Json::parse(line);
    std::string path = row["path"].str();
    std::string status = row["status_line"].str().substr(9, 3);
    if (!path.starts_with(prefix) || (status != "200" && status != "422")) continue;
    found.push_back({path, row["body"], status == "200", row["resp_body"].str()});
  }
  return found;
}

template <class T>
void compare_bodies(std::string_view path, const std::map<std::string, std::string>& deviations,
                    std::size_t expected_count) {
  std::size_t count = 0;
  for (const auto& row : recorded(path)) {
    if (row.path != path || !row.body.is_string()) continue;
    ++count;
    CAPTURE(row.body.str());
    auto deviation = deviations.find(row.body.str());
    std::string expected = deviation == deviations.end() ? row.answer : deviation->second;
    CHECK(schema::body_of<T>(row.body.str()) == expected);
  }
  CHECK(count == expected_count);
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

template <class T>
void compare_paths(const std::string& prefix, std::size_t expected_count,
                   const std::map<std::string, std::string>& deviations = {}) {
  std::size_t count = 0;
  for (const auto& row : recorded(prefix)) {
    ++count;
    std::string text = percent_decoded(std::string_view(row.path).substr(prefix.size()));
    CAPTURE(text);
    Loc path("path");
    auto deviation = deviations.find(text);
    std::string expected = deviation == deviations.end() ? row.answer : deviation->second;
    CHECK(schema::answer_text(detail::type_of<T>(), text, Loc(path, "v")).body == expected);
  }
  CHECK(count == expected_count);
}

const std::string item_tail =
    R"("addr":null,"addrs":[],"m":{},"u":null,"when":null,"day":null,"tm":null,"dur":null,)"
    R"("dec":null,"color":null,"pet":null,"uni":null,"tup":null,"url":null,"secret":null,)"
    R"("by":null,"camelName":null,"any":null})";

std::string too_big(const std::string& loc, const std::string& input) {
  return R"({"detail":[{"type":"int_parsing_size","loc":)" + loc +
         R"(,"msg":"Unable to parse input string as an integer, exceeded maximum size","input":)" +
         input + "}]}";
}

}  // namespace

TEST_CASE("bodies of an Item are answered as recorded") {
  const std::map<std::string, std::string> deviations{
      // A std::set is written in its order; Python's in the order of a hash that differs each run.
      {R"({"name": "n", "price": 1.5, "tags": ["a", "b", "a"]})",
       R"({"name":"n","price":1.5,"qty":1,"ok":true,"tags":["a","b"],)" + item_tail},
      // An int is 64 bits wide.
      {R"({"name":"n","price":1.5,"qty":123456789012345678901234567890})",
       too_big(R"(["body","qty"])", "123456789012345678901234567890")}};
  compare_bodies<sink::Item>("/b/item", deviations, 69);
}

TEST_CASE("bodies of a strict schema are answered as recorded") {
  compare_bodies<sink::Strict>("/b/strict", {}, 5);
}

TEST_CASE("bodies that are lists are answered as recorded") {
  compare_bodies<std::vector<std::int64_t>>("/b/list", {}, 3);
}

TEST_CASE("bodies that are dicts are answered as recorded") {
  compare_bodies<std::map<std::int64_t, double>>("/b/dict", {}, 2);
}

TEST_CASE("path parameters are answered as recorded") {
  const std::string v = R"(["path","v"])";
  const std::string nine = "9223372036854775808";
  const std::string long_one = "123456789012345678901234567890";
  compare_paths<std::int64_t>(
      "/p/int/", 12,
      {{nine, too_big(v, '"' + nine + '"')}, {long_one, too_big(v, '"' + long_one + '"')}});
  compare_paths<Int<ge(1), lt(10)>>("/p/intc/", 4);
  compare_paths<Float<gt(0), le(10.5)>>("/p/float/", 10);
  compare_paths<Uuid>("/p/uuid/", 7);
  compare_paths<bool>("/p/bool/", 13);
  compare_paths<sink::Color>("/p/enum/", 2);
  compare_paths<Literal<"a", "b">>("/p/lit/", 2);
  compare_paths<Date>("/p/date/", 11);
  compare_paths<DateTime>("/p/dt/", 14);
  compare_paths<Duration>("/p/td/", 10);
  compare_paths<Time>("/p/time/", 5);
  compare_paths<Field<Decimal, max_digits(5), decimal_places(2)>>("/p/dec/", 8);
  compare_paths<std::string>("/p/path/", 8, {});
  compare_paths<Str<min_length(2), max_length(4), pattern("^[a-z]+$")>>("/p/str/", 3);
}
