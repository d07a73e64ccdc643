#include <doctest/doctest.h>

#include <vector>

#include "plinth/error.hpp"
#include "plinth/http.hpp"

using namespace plinth;

namespace {

std::vector<Headers::Field> fields(const Headers& headers) {
  return {headers.begin(), headers.end()};
}

}  // namespace

TEST_CASE("set replaces every field of a name at the place of the first") {
  Headers headers;
  headers.append("a", "1");
  headers.append("b", "2");
  headers.append("a", "3");
  headers.set("a", "4");
  headers.set("c", "5");
  CHECK(fields(headers) == std::vector<Headers::Field>{{"a", "4"}, {"b", "2"}, {"c", "5"}});
  headers.remove("a");
  CHECK_FALSE(headers.contains("a"));
  CHECK(headers.get("c") == "5");
}

TEST_CASE("vary names each header once") {
  Headers headers;
  headers.add_vary("Origin");
  headers.add_vary("Accept-Encoding");
  headers.add_vary("origin");
  CHECK(headers.get("vary") == "Origin, Accept-Encoding");
  Headers any;
  any.append("vary", "*");
  any.add_vary("Origin");
  CHECK(any.get("vary") == "*");
}

TEST_CASE("responses know their media type") {
  CHECK(Response::json(Json::object({{"a", 1}})).body == R"({"a":1})");
  CHECK(Response::json(Json(1)).media_type == "application/json");
  CHECK(Response::text("x", 418).status == 418);
  CHECK(Response::text("x").media_type == "text/plain; charset=utf-8");
  CHECK(Response::html("x").media_type == "text/html; charset=utf-8");
}

// Source: Starlette's RedirectResponse
TEST_CASE("the location of a redirect is percent-encoded") {
  const auto response = Response::redirect("http://a/ü b?c=d&e=%20#f;g");
  CHECK(response.status == 307);
  CHECK(response.media_type.empty());
  CHECK(response.headers.get("location") == "http://a/%C3%BC%20b?c=d&e=%20#f;g");
  CHECK(Response::redirect("/\r\nx: y").headers.get("location") == "/%0D%0Ax:%20y");
}

TEST_CASE("an HttpError has its reason phrase as detail") {
  CHECK(HttpError(404).detail == Json("Not Found"));
  CHECK(HttpError(418).detail == Json("I'm a Teapot"));
  CHECK(HttpError(422).detail == Json("Unprocessable Content"));
  CHECK(std::string(HttpError(401, "no").what()) == "401: no");
  CHECK(std::string(HttpError(400, Json::object({{"a", 1}})).what()) == R"(400: {"a":1})");
  CHECK(reason_phrase(299).empty());
}
