#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "json/utf8.hpp"
#include "json/writer.hpp"

using namespace plinth;
using json::Floats;
using json::NonFinite;
using json::Writer;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

std::string spelled(double value, Floats floats) {
  std::string out;
  json::append_float(out, value, floats);
  return out;
}

}  // namespace

TEST_CASE("commas come by themselves") {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.key("a");
  writer.integer(-1);
  writer.key("b");
  writer.begin_array();
  writer.boolean(true);
  writer.null();
  writer.begin_array();
  writer.end_array();
  writer.string("x");
  writer.end_array();
  writer.quoted_key("\"c\":");
  writer.begin_object();
  writer.end_object();
  writer.key("d");
  writer.unsigned_integer(std::numeric_limits<std::uint64_t>::max());
  writer.key("e");
  writer.raw("[0]");
  writer.end_object();
  CHECK(out == R"({"a":-1,"b":[true,null,[],"x"],"c":{},"d":18446744073709551615,"e":[0]})");
}

TEST_CASE("strings are escaped as json.dumps(ensure_ascii=False) does, whatever their length") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("é\"\\\n\r\t\b\f/\x7F") == "\"é\\\"\\\\\\n\\r\\t\\b\\f/\x7F\"");
  CHECK(quoted(std::string_view("\0\x1F", 2)) == "\"\\u0000\\u001f\"");
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      CHECK(quoted(text) == "\"" + text + "\"");
      text[at] = '\n';
      CHECK(quoted(text) == "\"" + text.substr(0, at) + "\\n" + text.substr(at + 1) + "\"");
    }
  }
}

TEST_CASE("what is written is valid UTF-8 whatever the bytes were") {
  CHECK(quoted("a\xFFz") == "\"a\uFFFDz\"");
  CHECK(quoted("\xED\xA0\x80") == "\"\uFFFD\"");
  CHECK(quoted("\xE2\x82") == "\"\uFFFD\uFFFD\"");
  CHECK(quoted("\xC0\xAF\"") == "\"\uFFFD\uFFFD\\\"\"");
}

TEST_CASE("floats are spelled as Python's repr and as pydantic's dump_json") {
  struct Row {
    double value;
    std::string_view python;
    std::string_view pydantic;
  };
  constexpr Row rows[] = {
      {0.0, "0.0", "0.0"},
      {-0.0, "-0.0", "-0.0"},
      {1.0, "1.0", "1.0"},
      {-2.5, "-2.5", "-2.5"},
      {98.125, "98.125", "98.125"},
      {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
      {123456789.123, "123456789.123", "123456789.123"},
      {123456.789012, "123456.789012", "123456.789012"},
      {0.001, "0.001", "0.001"},
      {0.0001, "0.0001", "0.0001"},
      {0.00001, "1e-05", "0.00001"},
      {0.000015, "1.5e-05", "0.000015"},
      {1e-6, "1e-06", "1e-6"},
      {1e-7, "1e-07", "1e-7"},
      {1e-100, "1e-100", "1e-100"},
      {1e15, "1000000000000000.0", "1000000000000000.0"},
      {9999999999999998.0, "9999999999999998.0", "9999999999999998.0"},
      {1e16, "1e+16", "1e+16"},
      {1e22, "1e+22", "1e+22"},
      {123456789012345680.0, "1.2345678901234568e+17", "1.2345678901234568e+17"},
      {5e-324, "5e-324", "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308"},
  };
  for (const auto& row : rows) {
    CHECK(spelled(row.value, Floats::python) == row.python);
    CHECK(spelled(row.value, Floats::pydantic) == row.pydantic);
  }
}

TEST_CASE("any float reads back as itself") {
  std::uint64_t state = 1;
  auto next = [&state] { return state = state * 6364136223846793005u + 1442695040888963407u; };
  for (int i = 0; i < 20'000; ++i) {
    const double cents = static_cast<double>(next() >> 34) / 100;
    const double any =
        std::ldexp(static_cast<double>(next() >> 11), static_cast<int>(next() % 600) - 300);
    for (double value : {cents, any, -cents / 10'000}) {
      for (auto floats : {Floats::python, Floats::pydantic}) {
        CHECK(json::Node::borrow_number(spelled(value, floats)).number() == value);
      }
    }
  }
}

TEST_CASE("what JSON cannot say is null, or text where Python writes it") {
  const double infinity = std::numeric_limits<double>::infinity();
  std::string out;
  Writer writer(out);
  writer.begin_array();
  writer.number(infinity);
  writer.number(std::nan(""));
  writer.end_array();
  CHECK(out == "[null,null]");

  out.clear();
  Writer text(out, Floats::python, NonFinite::text);
  text.begin_array();
  text.number(infinity);
  text.number(-infinity);
  text.number(std::nan(""));
  text.end_array();
  CHECK(out == "[Infinity,-Infinity,NaN]");
}

TEST_CASE("UTF-8 is told from what is none") {
  CHECK(json::is_utf8("aé€😀"));
  CHECK_FALSE(json::is_utf8("\xED\xA0\x80"));
  CHECK(json::check_utf8("\xED\xA0\x80").surrogates);
  CHECK_FALSE(json::is_utf8("\xF5\x80\x80\x80"));
  CHECK_FALSE(json::is_utf8("\x80"));
  CHECK(json::count_code_points("aé€😀") == 4);
}
