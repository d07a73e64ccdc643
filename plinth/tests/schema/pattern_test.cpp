#include "schema/pattern.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/schema.hpp"
#include "schema/validate.hpp"

using namespace plinth;
using plinth::schema::Pattern;

TEST_CASE("a pattern is searched, not matched whole") {
  CHECK(Pattern("b").found_in("abc"));
  CHECK(!Pattern("^b").found_in("abc"));
  CHECK(Pattern("^[a-z]+$").found_in("abc"));
  CHECK(!Pattern("^[a-z]+$").found_in("abc\n"));
}

TEST_CASE("classes know all of Unicode, as Rust's do") {
  CHECK(Pattern("^\\d{5}$").found_in("１２３４５"));
  CHECK(!Pattern("^\\d{5}$").found_in("1234x"));
  CHECK(Pattern("^\\w+$").found_in("Grüße_日本"));
  CHECK(!Pattern("^\\w+$").found_in("a-b"));
  CHECK(Pattern("^a\\sb$").found_in("a\u00a0b"));
  CHECK(!Pattern("^\\S+$").found_in("a\u2003b"));
  CHECK(Pattern("^[\\w.-]+$").found_in("é.b-c"));
  CHECK(!Pattern("^[^\\d]+$").found_in("a５"));
  CHECK(Pattern("^\\D+$").found_in("abc"));
  CHECK(Pattern("^\\\\d$").found_in("\\d"));
  CHECK(Pattern("^.$").found_in("😀"));
}

TEST_CASE("time is linear in the text") {
  std::string text(100'000, 'a');
  CHECK(!Pattern("^(a+)+$").found_in(text + "!"));
  CHECK(!Pattern("(a|aa)+b").found_in(text));
}

TEST_CASE("a pattern is compiled once") {
  constexpr std::string_view text = "^once$";
  CHECK(&schema::compiled(text) == &schema::compiled(text));
}

namespace {
struct Bad {
  std::optional<std::vector<Str<pattern("(")>>> names;
};
}  // namespace

TEST_CASE("a pattern that is none is found at start-up") {
  CHECK_THROWS_WITH_AS(schema::prepare(detail::type_of<Bad>()), "pattern \"(\": missing ): (",
                       std::invalid_argument);
}
