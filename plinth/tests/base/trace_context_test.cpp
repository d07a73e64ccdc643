// The cases of the W3C's own tests (w3c/trace-context, test/test.py), and those of the grammar.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/trace_context.hpp"

namespace plinth::base {
namespace {

constexpr std::string_view good = "00-12345678901234567890123456789012-1234567890123456-01";

std::string combined(const std::vector<std::string_view>& fields) {
  return combine_tracestate(fields);
}

std::string members(int count) {
  std::string list;
  for (int i = 1; i <= count; ++i) {
    if (!list.empty()) list += ',';
    list += "bar" + std::to_string(i) + "=" + std::to_string(i);
  }
  return list;
}

}  // namespace

TEST_CASE("a traceparent is read") {
  const auto context = parse_traceparent(good);
  REQUIRE(context);
  CHECK(to_text(context->trace_id) == "12345678901234567890123456789012");
  CHECK(to_text(context->span_id) == "1234567890123456");
  CHECK(context->flags == sampled_flag);
  CHECK(format_traceparent(*context) == good);
}

TEST_CASE("of the flags only those that version 00 knows are said again") {
  const auto context = parse_traceparent("00-12345678901234567890123456789012-1234567890123456-fe");
  REQUIRE(context);
  CHECK(context->flags == 0xfe);
  CHECK(format_traceparent(*context) == "00-12345678901234567890123456789012-1234567890123456-02");
}

TEST_CASE("white space around a traceparent is let go") {
  CHECK(parse_traceparent(" \t" + std::string(good) + "\t "));
}

TEST_CASE("a later version is read as far as it is known") {
  CHECK(parse_traceparent("cc-12345678901234567890123456789012-1234567890123456-01"));
  CHECK(parse_traceparent(
      "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like"));
  CHECK_FALSE(parse_traceparent(
      "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like"));
}

TEST_CASE("what is no traceparent is ignored") {
  for (const std::string_view bad : {
           "",
           "00",
           "00-12345678901234567890123456789012-1234567890123456-01.",
           "00-12345678901234567890123456789012-1234567890123456-01-",
           "00-12345678901234567890123456789012-1234567890123456-01-what-the-future",
           "ff-12345678901234567890123456789012-1234567890123456-01",
           ".0-12345678901234567890123456789012-1234567890123456-01",
           "0.-12345678901234567890123456789012-1234567890123456-01",
           "000-12345678901234567890123456789012-1234567890123456-01",
           "0000-12345678901234567890123456789012-1234567890123456-01",
           "0-12345678901234567890123456789012-1234567890123456-01",
           "00-00000000000000000000000000000000-1234567890123456-01",
           "00-.2345678901234567890123456789012-1234567890123456-01",
           "00-1234567890123456789012345678901.-1234567890123456-01",
           "00-123456789012345678901234567890123-1234567890123456-01",
           "00-1234567890123456789012345678901-1234567890123456-01",
           "00-12345678901234567890123456789012-0000000000000000-01",
           "00-12345678901234567890123456789012-.234567890123456-01",
           "00-12345678901234567890123456789012-123456789012345.-01",
           "00-12345678901234567890123456789012-12345678901234567-01",
           "00-12345678901234567890123456789012-123456789012345-01",
           "00-12345678901234567890123456789012-1234567890123456-.0",
           "00-12345678901234567890123456789012-1234567890123456-0.",
           "00-12345678901234567890123456789012-1234567890123456-001",
           "00-12345678901234567890123456789012-1234567890123456-1",
           "00-1234567890123456789012345678901A-1234567890123456-01",
           "00-12345678901234567890123456789012-123456789012345A-01",
           "CC-12345678901234567890123456789012-1234567890123456-01",
           "00-12345678901234567890123456789012-1234567890123456-0F",
           "00_12345678901234567890123456789012-1234567890123456-01",
       }) {
    CAPTURE(bad);
    CHECK_FALSE(parse_traceparent(bad));
  }
}

TEST_CASE("the tracestate fields of a message are one list") {
  CHECK(combined({"foo=1,bar=2", "rojo=1,congo=2", "baz=3"}) == "foo=1,bar=2,rojo=1,congo=2,baz=3");
  CHECK(combined({"foo=1", ""}) == "foo=1");
  CHECK(combined({"", "foo=1"}) == "foo=1");
  CHECK(combined({""}).empty());
  CHECK(combined({}).empty());
  CHECK(combined({"foo=1,,bar=2,"}) == "foo=1,bar=2");
}

TEST_CASE("white space around the members of a tracestate is let go") {
  CHECK(combined({"foo=1 \t , \t bar=2, \t baz=3"}) == "foo=1,bar=2,baz=3");
  CHECK(combined({"\t foo=1 \t"}) == "foo=1");
  CHECK(combined({"foo= 1"}) == "foo= 1");
}

TEST_CASE("of a key's members in a tracestate the first is kept") {
  CHECK(combined({"foo=1,foo=2"}) == "foo=1");
  CHECK(combined({"foo=1", "foo=1"}) == "foo=1");
}

TEST_CASE("every character that the grammar allows may be in a tracestate") {
  std::string value;
  for (char c = 0x20; c < 0x7f; ++c) {
    if (c != ',' && c != '=') value += c;
  }
  for (const std::string& key :
       std::vector<std::string>{"abcdefghijklmnopqrstuvwxyz0123456789_-*/",
                                "abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/", "0a", "foo@",
                                "foo@@bar", "foo@bar@baz"}) {
    CAPTURE(key);
    const auto list = key + "=" + value;
    CHECK(combined({list}) == list);
  }
}

TEST_CASE("a tracestate with one bad member is dropped as a whole") {
  for (const std::string& bad :
       {std::string("foo =1"), std::string("FOO=1"), std::string("foo.bar=1"),
        std::string("@foo=1,bar=2"), std::string("foo=bar=baz"), std::string("foo=,bar=3"),
        std::string("foo,bar=3"), std::string("=1"), std::string("foo=\x7f"),
        std::string("foo=\xc3\xa9"), std::string(257, 'z') + "=1",
        "foo=" + std::string(257, 'v')}) {
    CAPTURE(bad);
    CHECK(combined({"good=1", bad}).empty());
  }
}

TEST_CASE("a tracestate has at most 32 members") {
  CHECK(combined({members(32)}) == members(32));
  CHECK(combined({members(33)}).empty());
}

TEST_CASE("a long tracestate loses its large members first, then those at the end") {
  const auto at_most = std::string(256, 'z') + "=" + std::string(255, 'v');
  CHECK(combined({at_most}) == at_most);
  CHECK(combined({"foo=1", at_most}) == "foo=1");
  const std::string large = "large=" + std::string(200, 'v');
  const auto rest =
      "a=" + std::string(120, '1') + ",b=" + std::string(120, '2') + ",c=" + std::string(120, '3');
  CHECK(combined({large + "," + rest}) == rest);
  const auto four = rest + ",d=" + std::string(120, '4');
  CHECK(combined({four + ",e=" + std::string(120, '5')}) == four);
}

}  // namespace plinth::base
