#include <doctest/doctest.h>

#include "recorded.hpp"
#include "tasks/python_text.hpp"

using namespace plinth;
using namespace plinth::tasks;

TEST_CASE("JSON and reprs are those that Celery was seen to write") {
  const auto lines = tasks_test::recorded("celery_texts.jsonl");
  CHECK(lines.size() == 400);
  for (const auto& line : lines) {
    const auto& value = line["value"].str();
    const auto size_max = static_cast<std::size_t>(line["size_max"].integer());
    CAPTURE(value);
    CAPTURE(size_max);
    CHECK(python_json(value) == line["json"].str());
    CHECK(saferepr(value, Sequence::list, size_max) == line["list"].str());
    CHECK(saferepr(value, Sequence::tuple, size_max) == line["tuple"].str());
  }
}

TEST_CASE("JSON of any spelling is written as Python writes it") {
  CHECK(python_json(R"( {"a":1,"b" : [1.50,2E2,"\u00e9\/",-0,1E400],"a":null} )") ==
        R"({"a": null, "b": [1.5, 200.0, "\u00e9/", 0, Infinity]})");
  CHECK(python_json(R"("\ud800x")") == R"("\ud800x")");
  CHECK_THROWS_AS(python_json("[1,"), JsonError);
}

TEST_CASE("a text that is no UTF-8 is repaired") {
  std::string out;
  append_python_string(out, "a\xff");
  CHECK(out == R"("a\ufffd")");
}

TEST_CASE("an exception is shown as its repr") {
  auto repr = [](std::string_view arguments) {
    json::Document document;
    json::Error error;
    REQUIRE(document.parse(arguments, error));
    return exception_repr("ValueError", document.root());
  };
  CHECK(repr(R"(["bad"])") == "ValueError('bad')");
  CHECK(repr(R"(["it's", 2, [null, true]])") == R"(ValueError("it's", 2, [None, True]))");
  CHECK(repr("[]") == "ValueError()");
  CHECK(repr(R"("text")") == "ValueError('text')");
  CHECK(repr("null") == "ValueError()");
}
