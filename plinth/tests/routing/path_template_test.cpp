#include "routing/path_template.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using plinth::routing::Capture;
using plinth::routing::PathTemplate;

namespace {

// "id=5 name=tea", or "no".
std::string captured(std::string_view path_template, std::string_view path) {
  const PathTemplate made(path_template);
  std::vector<Capture> captures;
  if (!made.match(path, captures)) return "no";
  std::string text;
  for (const auto& capture : captures) {
    if (!text.empty()) text += ' ';
    ((text += capture.name) += '=') += capture.value;
  }
  return text;
}

std::string refused(std::string_view path_template) {
  try {
    PathTemplate made(path_template);
    return "taken";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a parameter is one segment, not empty") {
  CHECK(captured("/items/{id}", "/items/5") == "id=5");
  CHECK(captured("/items/{id}", "/items/a b%ü") == "id=a b%ü");
  CHECK(captured("/items/{id}", "/items/") == "no");
  CHECK(captured("/items/{id}", "/items/5/") == "no");
  CHECK(captured("/items/{id}", "/items/5/6") == "no");
  CHECK(captured("/{a}/{b}", "/1/2") == "a=1 b=2");
  CHECK(captured("/", "/").empty());
  CHECK(captured("", "").empty());
}

TEST_CASE("text may stand beside parameters in a segment; the first takes as much as it can") {
  CHECK(captured("/{name}.{ending}", "/a.b.c") == "name=a.b ending=c");
  CHECK(captured("/v{n}-{rest}x", "/v1-2-3x") == "n=1-2 rest=3");
  CHECK(captured("/{a}{b}", "/xyz") == "a=xy b=z");
  CHECK(captured("/{name}.txt", "/.txt") == "no");
}

TEST_CASE("a path parameter takes slashes, and nothing too") {
  CHECK(captured("/files/{rest:path}", "/files/a/b.txt") == "rest=a/b.txt");
  CHECK(captured("/files/{rest:path}", "/files/") == "rest=");
  CHECK(captured("/files/{rest:path}", "/files") == "no");
  CHECK(captured("/files/{rest:path}/raw", "/files/a/raw/raw") == "rest=a/raw");
  CHECK(captured("/{a:path}/{b:path}", "/x/y/z") == "a=x/y b=z");
}

TEST_CASE("int, float and uuid match only such") {
  CHECK(captured("/{n:int}", "/007") == "n=007");
  CHECK(captured("/{n:int}", "/-7") == "no");
  CHECK(captured("/{n:int}", "/7a") == "no");
  CHECK(captured("/{n:int}a", "/7a") == "n=7");
  CHECK(captured("/{x:float}", "/1.50") == "x=1.50");
  CHECK(captured("/{x:float}", "/1") == "x=1");
  CHECK(captured("/{x:float}", "/1.") == "no");
  CHECK(captured("/{x:float}", "/.5") == "no");
  CHECK(captured("/{x:float}.{y}", "/1.2.a") == "x=1.2 y=a");
  CHECK(captured("/{x:float}.{y}", "/1.a") == "x=1 y=a");
  CHECK(captured("/{u:uuid}", "/12345678-1234-5678-1234-56781234ABCD") ==
        "u=12345678-1234-5678-1234-56781234ABCD");
  CHECK(captured("/{u:uuid}", "/12345678123456781234567812345678") ==
        "u=12345678123456781234567812345678");
  CHECK(captured("/{u:uuid}", "/1234567812345678123456781234567") == "no");
  CHECK(captured("/{s:str}", "/x") == "s=x");
}

TEST_CASE("a template that cannot be meant is refused with the reason") {
  CHECK(refused("/{id") == "route \"/{id\": '{' without '}'");
  CHECK(refused("/id}") == "route \"/id}\": '}' without '{'");
  CHECK(refused("/{}") == "route \"/{}\": a parameter is {name} or {name:convertor}");
  CHECK(refused("/{1a}") == "route \"/{1a}\": a parameter is {name} or {name:convertor}");
  CHECK(refused("/{a:slug}") ==
        "route \"/{a:slug}\": a convertor is one of str, path, int, float, uuid");
  CHECK(refused("/{a}/{a}") == "route \"/{a}/{a}\": the parameter a twice");
}
