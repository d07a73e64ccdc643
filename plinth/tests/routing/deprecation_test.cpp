#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "plinth/testing.hpp"

using namespace plinth;

namespace {

Json read_item(Path<"id", int> id) {
  if (*id == 404) throw HttpError(404);
  if (*id == 500) throw std::runtime_error("broken");
  return Json::object({{"id", *id}});
}
Json ping() { return "pong"; }

Deprecation planned() {
  return {.since = *DateTime::parse("2026-01-01T00:00:00Z"),
          .sunset = DateTime::parse("2027-01-31T12:00:00+01:00"),
          .successor = "/api/v2/items",
          .documentation = "https://docs.example.com/v1"};
}

std::string header_lines(const TestResponse& response) {
  std::string lines;
  for (const auto& [name, value] : response.headers) {
    if (name == "deprecation" || name == "sunset" || name == "link") {
      lines += name + ": " + value + "\n";
    }
  }
  return lines;
}

// What the start of an app with such a route says; "" when it starts.
std::string refusal(Deprecation deprecation) {
  auto app = App();
  app.get<ping>("/ping", {.deprecation = std::move(deprecation)});
  try {
    run(app.startup());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a deprecated route says so in every answer") {
  auto app = App();
  app.get<read_item>("/items/{id}", {.deprecation = planned()});
  app.get<ping>("/ping");
  TestClient client(app, {.raise_server_exceptions = false});
  for (const char* path : {"/items/1", "/items/x", "/items/404", "/items/500"}) {
    CAPTURE(path);
    CHECK(header_lines(client.get(path)) ==
          "deprecation: @1767225600\n"
          "sunset: Sun, 31 Jan 2027 11:00:00 GMT\n"
          "link: <https://docs.example.com/v1>; rel=\"deprecation\"\n"
          "link: </api/v2/items>; rel=\"successor-version\"\n");
  }
  CHECK(header_lines(client.get("/ping")) == "");
  CHECK(header_lines(client.del("/items/1")) == "");
}

TEST_CASE("a deprecated version marks all its routes, but for those that say it themselves") {
  auto app = App();
  auto own = Deprecation{.since = *DateTime::parse("2025-01-01T00:00:00Z")};
  app.include(Router().get<ping>("/a").get<ping>("/b", {.deprecation = own}),
              {.prefix = "/api/v1", .deprecation = Deprecation{.since = planned().since}});
  TestClient client(app);
  CHECK(header_lines(client.get("/api/v1/a")) == "deprecation: @1767225600\n");
  CHECK(header_lines(client.get("/api/v1/b")) == "deprecation: @1735689600\n");
  const auto document = Json::parse(app.openapi());
  CHECK(document["paths"]["/api/v1/a"]["get"]["deprecated"] == true);
}

TEST_CASE("a deprecation that cannot be meant ends the start, naming the route and the fix") {
  CHECK(refusal(planned()) == "");
  auto early = planned();
  early.sunset = DateTime::parse("2025-12-31T23:59:59Z");
  CHECK(refusal(early) ==
        "route \"/ping\" (ping): deprecation.sunset 2025-12-31T23:59:59Z is before since "
        "2026-01-01T00:00:00Z");
  auto naive = planned();
  naive.since = *DateTime::parse("2026-01-01T00:00:00");
  CHECK(refusal(naive).find("since 2026-01-01T00:00:00 has no time zone") != std::string::npos);
  auto spaced = planned();
  spaced.successor = "/api/v2/two words";
  CHECK(refusal(spaced).find("deprecation.successor \"/api/v2/two words\" has a character") !=
        std::string::npos);
  auto relative = planned();
  relative.documentation = "docs/v1";
  CHECK(refusal(relative).find("deprecation.documentation \"docs/v1\" is no URL") !=
        std::string::npos);
  auto injected = planned();
  injected.successor = "/a>; rel=\"x\"\r\nset-cookie: a";
  CHECK(refusal(injected) != "");
}
