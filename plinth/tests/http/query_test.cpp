#include "http/query.hpp"

#include <doctest/doctest.h>

#include "plinth/error.hpp"

using namespace plinth;
using http::Pairs;

namespace {

Pairs cookies(std::vector<HeaderView> fields) {
  Request request;
  request.headers = std::move(fields);
  return http::parse_cookies(request);
}

}  // namespace

// The expected values are what Python 3.13's urllib.parse and http.cookies give.

TEST_CASE("escapes are decoded as UTF-8, and what is not UTF-8 becomes U+FFFD") {
  CHECK(http::percent_decode("plain") == "plain");
  CHECK(http::percent_decode("%E2%82%AC%20%61") == "€ a");
  CHECK(http::percent_decode("%FF") == "\uFFFD");
  CHECK(http::percent_decode("%F0%9F%98") == "\uFFFD");
  CHECK(http::percent_decode("%ed%a0%80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(http::percent_decode("%c0%af") == "\uFFFD\uFFFD");
  CHECK(http::percent_decode("%F4%90%80%80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(http::percent_decode("%f0%9f%98a%ff") == "\uFFFDa\uFFFD");
  CHECK(http::percent_decode("%C3é%A9") == "\uFFFDé\uFFFD");
  CHECK(http::percent_decode("a%00b") == std::string("a\0b", 3));
}

TEST_CASE("a bad escape stays as it is") {
  CHECK(http::percent_decode("%zz") == "%zz");
  CHECK(http::percent_decode("a%") == "a%");
  CHECK(http::percent_decode("a%4") == "a%4");
  CHECK(http::percent_decode("%%41") == "%A");
}

TEST_CASE("a query keeps order, duplicates and blank values") {
  CHECK(http::parse_query("") == Pairs{});
  CHECK(http::parse_query("a") == Pairs{{"a", ""}});
  CHECK(http::parse_query("a=1&a=2&b=&=c&&d=1=2") ==
        Pairs{{"a", "1"}, {"a", "2"}, {"b", ""}, {"", "c"}, {"d", "1=2"}});
}

TEST_CASE("plus is a space, semicolon is no separator") {
  CHECK(http::parse_query("e+f=%2B&x=1;y=2") == Pairs{{"e f", "+"}, {"x", "1;y=2"}});
  CHECK(http::parse_query("%FF=%zz") == Pairs{{"\uFFFD", "%zz"}});
}

TEST_CASE("a form is a query in ISO 8859-1") {
  CHECK(http::parse_form("u=a+b%20c&n=5") == Pairs{{"u", "a b c"}, {"n", "5"}});
  CHECK(http::parse_form("u=%C3%A9") == Pairs{{"u", "é"}});
  CHECK(http::parse_form("u=\xe9") == Pairs{{"u", "é"}});
}

TEST_CASE("a form with too many fields is refused") {
  CHECK(http::parse_form("a=1&b=2", 2).size() == 2);
  CHECK_THROWS_WITH_AS(http::parse_form("a=1&b=2&c=3", 2),
                       "400: Too many fields. Maximum number of fields is 2.", HttpError);
}

TEST_CASE("the last cookie of a name wins and keeps its place") {
  CHECK(cookies({{"cookie", "a=1; b=2; a=3"}}) == Pairs{{"a", "3"}, {"b", "2"}});
  CHECK(cookies({{"cookie", "a=1"}, {"accept", "*"}, {"cookie", "c=2"}}) ==
        Pairs{{"a", "1"}, {"c", "2"}});
}

TEST_CASE("cookie values lose their quotes and escapes, nothing else") {
  CHECK(cookies({{"cookie", R"(a="x y"; b="\"q\""; c="\303"; d=")"}}) ==
        Pairs{{"a", "x y"}, {"b", "\"q\""}, {"c", "Ã"}, {"d", "\""}});
  CHECK(cookies({{"cookie", "a=%41+b"}}) == Pairs{{"a", "%41+b"}});
}

TEST_CASE("a cookie without a name is a value, an empty one is nothing") {
  CHECK(cookies({{"cookie", "lonely; ; =x; y="}}) == Pairs{{"", "x"}, {"y", ""}});
}

TEST_CASE("text is encoded but for what is safe") {
  CHECK(http::percent_encode("a b/ü", "/") == "a%20b/%C3%BC");
  CHECK(http::percent_encode("_.-~", "") == "_.-~");
}
