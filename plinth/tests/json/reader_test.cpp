// Messages and positions are those of CPython 3.14's json.loads for the same bytes.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "json/node.hpp"
#include "json/writer.hpp"

using namespace plinth;
using namespace std::string_view_literals;
using json::Document;
using json::Error;
using json::Kind;

namespace {

std::string written(const json::Node& node) {
  std::string out;
  json::Writer(out, json::Floats::python, json::NonFinite::text).value(node);
  return out;
}

// What json.dumps(json.loads(text)) says; the error when there is one.
std::string round_trip(std::string_view text) {
  Document document;
  Error error;
  if (!document.parse(text, error)) return std::string(error.message);
  return written(document.root());
}

}  // namespace

TEST_CASE("malformed text is explained in CPython's words, with the position in code points") {
  struct Row {
    std::string_view text;
    std::string_view message;
    std::size_t position;
  };
  constexpr Row rows[] = {
      {"", "Expecting value", 0},
      {"   ", "Expecting value", 3},
      {"nul", "Expecting value", 0},
      {"truE", "Expecting value", 0},
      {"{", "Expecting property name enclosed in double quotes", 1},
      {"{\"a\"", "Expecting ':' delimiter", 4},
      {"{\"a\" 1}", "Expecting ':' delimiter", 5},
      {"{\"a\":", "Expecting value", 5},
      {"{\"a\":1", "Expecting ',' delimiter", 6},
      {"{\"a\":1,", "Expecting property name enclosed in double quotes", 7},
      {"{\"a\":1,}", "Illegal trailing comma before end of object", 6},
      {"{\"a\":1 ,\n }", "Illegal trailing comma before end of object", 7},
      {"{\"a\":1 \"b\":2}", "Expecting ',' delimiter", 7},
      {"{'a':1}", "Expecting property name enclosed in double quotes", 1},
      {"{1:2}", "Expecting property name enclosed in double quotes", 1},
      {"[", "Expecting value", 1},
      {"[1", "Expecting ',' delimiter", 2},
      {"[1,]", "Illegal trailing comma before end of array", 2},
      {"[,1]", "Expecting value", 1},
      {"[1,,2]", "Expecting value", 3},
      {"{\"a\":1}x", "Extra data", 7},
      {"01", "Extra data", 1},
      {"-", "Expecting value", 0},
      {".5", "Expecting value", 0},
      {"1.", "Extra data", 1},
      {"1e", "Extra data", 1},
      {"+1", "Expecting value", 0},
      {"0x1", "Extra data", 1},
      {"\"abc", "Unterminated string starting at", 0},
      {"\"a\\", "Unterminated string starting at", 0},
      {"\"\\ud83d", "Unterminated string starting at", 0},
      {"\"\\q\"", "Invalid \\escape", 1},
      {"\"\\u12\"", "Invalid \\uXXXX escape", 2},
      {"\"\\ud83d\\u12\"", "Invalid \\uXXXX escape", 8},
      {"\"a\nb\"", "Invalid control character at", 2},
      {"\"\0\""sv, "Invalid control character at", 1},
      {"[\"é\" \"b\"]", "Expecting ',' delimiter", 5},
      {"{\"é😀\":1,}", "Illegal trailing comma before end of object", 7},
      {"\xEF\xBB\xBF{\"a\":tru}", "Expecting value", 5},
      {"\xEF\xBB\xBF\xEF\xBB\xBF"
       "1",
       "Expecting value", 0},
      {"-Infinit", "Expecting value", 0},
      {"NaN1", "Extra data", 3},
      {"\f1", "Expecting value", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Document document;
    Error error;
    CHECK_FALSE(document.parse(row.text, error));
    CHECK(error.kind == Error::Kind::syntax);
    CHECK(error.message == row.message);
    CHECK(error.position == row.position);
    CHECK(document.root().is_null());
  }
}

TEST_CASE("every kind of value is read") {
  Document document;
  Error error;
  REQUIRE(document.parse(
      R"( {"n": null, "t": true, "f": false, "i": -42, "x": 2.50, "s": "é", "a": [1, "b"], "o": {}} )",
      error));
  const auto& root = document.root();
  CHECK(root.size() == 8);
  CHECK(root.find("n")->is_null());
  CHECK(root.find("t")->boolean());
  CHECK_FALSE(root.find("f")->boolean());
  CHECK(root.find("i")->integer() == -42);
  CHECK(root.find("x")->number() == 2.5);
  CHECK(root.find("x")->literal() == "2.50");
  CHECK(root.find("s")->string() == "é");
  CHECK(root.find("a")->items()[1].string() == "b");
  CHECK(root.find("o")->members().empty());
  CHECK(root.find("missing") == nullptr);
}

TEST_CASE("a string without escapes is a view into the input") {
  const std::string text = R"(["plain", "with\nescape"])";
  Document document;
  Error error;
  REQUIRE(document.parse(text, error));
  CHECK(document.root().items()[0].string().data() == text.data() + 2);
  CHECK(document.root().items()[1].string() == "with\nescape");
}

TEST_CASE("escapes are resolved at any distance from the start") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string plain(size, 'x');
    CHECK(round_trip("\"" + plain + "\\u00e9\\\"\\/\\b\\f\\n\\r\\t" + plain + "\"") ==
          "\"" + plain + "é\\\"/\\b\\f\\n\\r\\t" + plain + "\"");
  }
}

TEST_CASE("integers of 64 bits are numbers, longer ones keep their digits") {
  CHECK(round_trip("9223372036854775807") == "9223372036854775807");
  Document document;
  Error error;
  REQUIRE(document.parse("[-9223372036854775808, 9223372036854775808, -9223372036854775809, -0]",
                         error));
  auto items = document.root().items();
  CHECK(items[0].integer() == INT64_MIN);
  CHECK(items[1].is_big_integer());
  CHECK(items[1].literal() == "9223372036854775808");
  CHECK(items[2].literal() == "-9223372036854775809");
  CHECK(items[3].integer() == 0);
}

TEST_CASE(
    "numbers beyond double are infinite or zero, and what JSON has not is read as Python reads "
    "it") {
  CHECK(round_trip(
            "[1e400, -1e400, 1e-400, -1e-400, 0e999999999999999999999, 1e99999999999999999999]") ==
        "[Infinity,-Infinity,0.0,-0.0,0.0,Infinity]");
  CHECK(round_trip("[NaN, Infinity, -Infinity]") == "[NaN,Infinity,-Infinity]");
  CHECK(round_trip("0." + std::string(400, '0') + "1e401") == "1.0");
  CHECK(round_trip("1" + std::string(400, '0') + ".5e-500") == "1e-100");
}

TEST_CASE("a repeated key keeps its first place and its last value") {
  CHECK(round_trip(R"({"a":1,"b":2,"a":3})") == R"({"a":3,"b":2})");
  CHECK(round_trip(R"({"":1,"a":2,"":3,"\u0061":4})") == R"({"":3,"a":4})");

  std::string many = "{";
  for (int i = 0; i < 100; ++i)
    many += "\"k" + std::to_string(i % 40) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  Document document;
  Error error;
  REQUIRE(document.parse(many, error));
  CHECK(document.root().size() == 40);
  CHECK(document.root().members()[5].key.string() == "k5");
  CHECK(document.root().find("k5")->integer() == 85);
  CHECK(document.root().find("k39")->integer() == 79);
  CHECK(document.root().find("k40") == nullptr);
}

TEST_CASE("lone surrogates are flagged, pairs are joined") {
  Document document;
  Error error;
  REQUIRE(
      document.parse(R"(["\ud83d\ude00", "a\ud800b", "\ude00\ud83d", "\ud83dx", "plain"])", error));
  auto items = document.root().items();
  CHECK(items[0].string() == "😀");
  CHECK_FALSE(items[0].has_surrogate());
  CHECK(items[1].has_surrogate());
  CHECK(items[2].has_surrogate());
  CHECK(items[3].has_surrogate());
  CHECK_FALSE(items[4].has_surrogate());
  CHECK(written(items[1]) == "\"a\uFFFDb\"");
}

TEST_CASE(
    "surrogates written as bytes are let in and flagged, as bytes.decode(surrogatepass) does") {
  Document document;
  Error error;
  REQUIRE(document.parse("[\"\xED\xA0\x80\", \"퟿\"]", error));
  CHECK(document.root().items()[0].has_surrogate());
  CHECK_FALSE(document.root().items()[1].has_surrogate());
}

TEST_CASE("bytes that are no Unicode text are unreadable, wherever they stand") {
  constexpr std::string_view texts[] = {"\"\xFF\"",
                                        "\"\xC3\"",
                                        "\"\xC0\x80\"",
                                        "\"\xF4\x90\x80\x80\"",
                                        "{bad \x80",
                                        "\"\xE2\x82\"",
                                        "\"\xF0\x80\x80\x80\"",
                                        "\xFF\xFE\x31",
                                        "\xFE\xFF\x00\x31\x00"sv};
  for (auto text : texts) {
    Document document;
    Error error;
    CHECK_FALSE(document.parse(text, error));
    CHECK(error.kind == Error::Kind::unreadable);
  }
}

TEST_CASE("UTF-16 and UTF-32 are read") {
  CHECK(round_trip("\xFF\xFE[\0\"\0\xE9\0\x3D\xD8\x00\xDE\"\0]\0"sv) == "[\"é😀\"]");
  CHECK(round_trip("\0[\0]"sv) == "[]");
  CHECK(round_trip("\0\0\0\x31"sv) == "1");
  CHECK(round_trip("\x31\0\0\0"sv) == "1");
  CHECK(round_trip("\0\x31"sv) == "1");
}

TEST_CASE("nesting is limited, and a million brackets cost nothing") {
  auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(round_trip(nested(Document::depth_max)) == nested(Document::depth_max));
  for (const auto& text : {nested(Document::depth_max + 1), std::string(1'000'000, '[')}) {
    Document document;
    Error error;
    CHECK_FALSE(document.parse(text, error));
    CHECK(error.kind == Error::Kind::depth);
    CHECK(error.message == "Recursion limit exceeded");
    CHECK(error.position == static_cast<std::size_t>(Document::depth_max));
  }
}

TEST_CASE("an integer of more than 4300 digits is unreadable, as in Python") {
  CHECK(round_trip(std::string(4300, '1')).size() == 4300);
  CHECK(round_trip(std::string(4301, '1')) ==
        "Exceeds the limit (4300 digits) for integer string conversion");
}

TEST_CASE("a document can be used again, and forgets what it held") {
  Document document;
  Error error;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(document.parse(R"({"a": ["\n", {"b": []}]})", error));
    CHECK(written(document.root()) == R"({"a":["\n",{"b":[]}]})");
    CHECK_FALSE(document.parse("[[1,", error));
    CHECK(document.root().is_null());
  }
}

TEST_CASE("keys that all share one hash do not slow an object down") {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i) text += "\"a" + std::to_string(i + 100'000) + "z\":1,";
  text.back() = '}';
  Document document;
  Error error;
  REQUIRE(document.parse(text, error));
  CHECK(document.root().size() == 50'000);
  CHECK(document.root().find("a149999z") != nullptr);
}

TEST_CASE("nodes can be made by hand, for what comes from query strings and forms") {
  Document document;
  const json::Node words[] = {document.make_string("x"), document.make_string("y")};
  const json::Member members[] = {
      {document.make_string("q"), document.make_string("1")},
      {document.make_string("tags"), document.make_array(words)},
      {document.make_string("q"), document.make_string("2")},
      {document.make_string("n"), document.make_number(1.0)},
      {document.make_string("inf"), document.make_number(-1.0 / 0.0)},
  };
  document.set_root(document.make_object(members));
  CHECK(written(document.root()) == R"({"q":"2","tags":["x","y"],"n":1.0,"inf":-Infinity})");
}

TEST_CASE("a Json becomes nodes and comes back") {
  const auto value =
      R"({"a":[1,2.5,"x",null,true],"big":123456789012345678901234567890,"o":{}})"_json;
  Document document;
  document.set_root(document.make(value));
  CHECK(json::to_json(document.root()) == value);
}
