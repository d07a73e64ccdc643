#include "plinth/router.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/app.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json hello() { return Json::object({{"hello", "world"}}); }
Json other() { return Json::object({{"other", true}}); }
int guard() { return 1; }
int watch() { return 2; }

std::vector<std::string> names(const std::vector<detail::Parameter>& dependencies) {
  std::vector<std::string> made;
  for (const auto& row : dependencies) made.emplace_back(row.dependency->name);
  return made;
}

}  // namespace

TEST_CASE("an included router's routes carry what is around them, the outermost first") {
  auto inner = Router({.prefix = "/items",
                       .tags = {"items"},
                       .dependencies = {depends<guard>},
                       .responses = {{"404", "No such item"}}})
                   .get<hello>("/{id}", {.tags = {"one"}, .responses = {{"404", "Gone"}}});
  auto outer = Router({.prefix = "/api", .tags = {"api"}})
                   .include(inner, {.prefix = "/v1",
                                    .tags = {"v1"},
                                    .dependencies = {depends<watch>},
                                    .responses = {{"500", "Broken"}, {"404", "Nothing"}},
                                    .deprecated = true});
  REQUIRE(outer.routes().size() == 1);
  const auto& route = outer.routes()[0];
  CHECK(route.path == "/api/v1/items/{id}");
  CHECK(route.name() == "hello");
  CHECK(route.options.tags == std::vector<std::string>{"api", "v1", "items", "one"});
  CHECK(names(route.options.dependencies) == std::vector<std::string>{"watch", "guard"});
  CHECK(route.options.deprecated);
  REQUIRE(route.options.responses.size() == 2);
  CHECK(route.options.responses[0].status == "500");
  CHECK(route.options.responses[1].description == "Gone");
}

TEST_CASE("a path or prefix that cannot be meant is refused by name") {
  CHECK_THROWS_WITH_AS(Router({.prefix = "api"}),
                       "prefix \"api\": a prefix starts with '/' and does not end with it",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Router().include(Router(), {.prefix = "/api/"}),
                       "prefix \"/api/\": a prefix starts with '/' and does not end with it",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Router().get<hello>("hello"),
                       "route \"hello\" (hello): a path starts with '/'", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Router().api_route<hello>({}, "/hello"),
                       "route \"/hello\" (hello): a route needs a method", std::invalid_argument);

  auto app = App();
  app.get<hello>("");
  CHECK_THROWS_WITH_AS(TestClient{app}, "route \"\" (hello): prefix and path cannot be both empty",
                       std::invalid_argument);
}

TEST_CASE("every method has its function") {
  auto app = App();
  app.get<hello>("/").post<hello>("/").put<hello>("/").patch<hello>("/").del<hello>("/");
  app.options<hello>("/").head<other>("/");
  TestClient client(app);
  for (auto method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    CHECK(client.request({.method = method}).text == R"({"hello":"world"})");
  }
  CHECK(client.head("/").headers.get("content-length") == "14");
  CHECK(client.request({.method = "BREW"}).status == 405);
}

TEST_CASE("a path of another method is 405 with the methods it has; HEAD is not GET") {
  auto app = App();
  app.api_route<hello>({"GET", "POST"}, "/both").get<other>("/one");
  TestClient client(app);
  auto refused = client.del("/both");
  CHECK(refused.status == 405);
  CHECK(refused.text == R"({"detail":"Method Not Allowed"})");
  CHECK(refused.headers.get("allow") == "GET, POST");
  CHECK(client.head("/one").headers.get("allow") == "GET");
}

TEST_CASE("a slash too many or too few is redirected, to a place of our own host") {
  auto app = App();
  app.get<hello>("/health").get<hello>("/items/").get<hello>("/files/{rest:path}/raw");
  TestClient client(app, {.follow_redirects = false});
  auto redirect = [&](std::string url) {
    auto answer = client.get(url, {{"host", "evil.example"}});
    CHECK(answer.status == 307);
    CHECK(answer.text.empty());
    return std::string(answer.headers.get("location").value_or("none"));
  };
  CHECK(redirect("/health/") == "/health");
  CHECK(redirect("/health//?a=1&b=%20") == "/health?a=1&b=%20");
  CHECK(redirect("/items") == "/items/");
  CHECK(redirect("/files/a%20b%3Fc%25/raw/") == "/files/a%20b%3Fc%25/raw");
  CHECK(client.post("/health/", Json()).status == 307);
  CHECK(client.get("/nothing/").status == 404);
  CHECK(client.get("/").status == 404);

  auto exact = App({.redirect_slashes = false});
  exact.get<hello>("/health");
  CHECK(TestClient(exact).get("/health/").text == R"({"detail":"Not Found"})");
}

TEST_CASE("a redirect cannot lead to another host by its path") {
  auto app = App();
  app.get<hello>("/{rest:path}/x/");
  TestClient client(app, {.follow_redirects = false});
  auto answer = client.get("http://testserver//evil.example/x");
  CHECK(answer.status == 307);
  CHECK(answer.headers.get("location") == "/.//evil.example/x/");
}

TEST_CASE("a plain route answers by itself") {
  auto app = App();
  auto router = Router();
  router.add_plain({"GET", "HEAD"}, "/raw", [text = std::string("raw")](const Request& request) {
    return Response::text(text + " " + std::string(request.query_string));
  });
  app.include(router, {.prefix = "/sub"});
  TestClient client(app);
  CHECK(client.get("/sub/raw?q").text == "raw q");
  CHECK(client.head("/sub/raw").status == 200);
  CHECK(client.post("/sub/raw", Json()).headers.get("allow") == "GET, HEAD");
}
