#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "openapi/openapi.hpp"
#include "plinth/app.hpp"
#include "plinth/security.hpp"

using namespace plinth;

namespace {

// The seed's endpoints by their signatures; what they do is of no matter here.
struct Login {
  Email email;
  std::string password;
};
struct Register {
  Email email;
  std::string password;
};
struct Token {
  std::string access_token;
  Str<defaults_to("bearer")> token_type;
};
struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
};

using BearerToken = OAuth2PasswordBearer<"/api/v1/auth/login">;
std::string get_current_user(BearerToken token) { return *token; }

Json health() { return {}; }
Token login(Login data) { return {.access_token = data.password}; }
Json register_user(Register) { return {}; }
UserRead me(Depends<get_current_user> user) {
  return {.id = 1, .email = *user, .is_active = true, .created_at = {}};
}
std::string metrics() { return {}; }

App make_app() {
  auto app = App({.title = "FastAPI App"});
  app.get<metrics>("/metrics", {.include_in_schema = false});
  app.get<health>("/health", {.tags = {"infra"}});
  auto auth = Router({.prefix = "/auth", .tags = {"auth"}})
                  .post<login>("/login")
                  .post<register_user>("/register", {.status = 201, .name = "register"});
  auto users = Router({.prefix = "/users", .tags = {"users"}}).get<me>("/me");
  app.include(Router({.prefix = "/api/v1"}).include(auth).include(users));
  return app;
}

std::string read(const std::string& name) {
  std::ifstream file(PLINTH_TEST_DATA "/" + name);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the document of the seed's routes is the recorded one, member by member in its order") {
  auto app = make_app();
  const auto made = openapi::document(app.options(), app.routes());
  CHECK(made.pretty(4) == Json::parse(read("seed_openapi.json")).pretty(4));
}

TEST_CASE("an app without routes still has a document") {
  auto app = App({.title = "Empty", .version = "2"});
  CHECK(openapi::document(app.options(), app.routes()).dump() ==
        R"({"openapi":"3.1.0","info":{"title":"Empty","version":"2"},"paths":{}})");
}

TEST_CASE("addresses of people get a path, as pydantic gives them, those of servers do not") {
  auto app = App({.title = "T",
                  .contact = Contact{.url = "https://x.org"},
                  .license_info = LicenseInfo{.name = "MIT", .url = "https://x.org/mit"},
                  .servers = {{.url = "https://api.x.org", .description = "main"}}});
  const auto made = openapi::document(app.options(), app.routes());
  CHECK(made["info"]["contact"].dump() == R"({"url":"https://x.org/"})");
  CHECK(made["info"]["license"]["url"].str() == "https://x.org/mit");
  CHECK(made["servers"].dump() == R"([{"url":"https://api.x.org","description":"main"}])");
}

namespace {

struct Page {
  Int<ge(0), defaults_to(0), description("How many to leave out"), deprecated> skip;
};
Json list_things(QueryModel<Page>, Query<"skip", std::int64_t>) { return {}; }
Json verify(Header<"x-token", std::string>) { return {}; }
Json plain_list() { return {}; }

}  // namespace

TEST_CASE("of two parameters with one name the required one is documented, at the first's place") {
  auto app = App();
  app.get<list_things>("/things", {.dependencies = {depends<verify>}});
  const auto made = openapi::document(app.options(), app.routes());
  const auto& parameters = made["paths"]["/things"]["get"]["parameters"];
  CHECK(
      parameters.dump() ==
      R"([{"name":"skip","in":"query","required":true,"schema":{"type":"integer","title":"Skip"}},)"
      R"({"name":"x-token","in":"header","required":true,"schema":{"type":"string","title":"X-Token"}}])");
}

TEST_CASE("a route's own answers are documented beside the usual ones") {
  auto app = App();
  app.get<plain_list>("/things/{id:int}/x",
                      {.responses = {{.status = "404"},
                                     {.status = "5XX"},
                                     {.status = "default", .description = "Anything"},
                                     {.status = "409", .model = model<Token>}}});
  const auto made = openapi::document(app.options(), app.routes());
  const auto& operation = made["paths"]["/things/{id}/x"]["get"];
  CHECK(operation["operationId"].str() == "plain_list_things__id__x_get");
  CHECK(
      operation["responses"].dump() ==
      R"({"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}},)"
      R"("404":{"description":"Not Found"},"5XX":{"description":"Server Error"},)"
      R"("default":{"description":"Anything"},"409":{"description":"Conflict",)"
      R"("content":{"application/json":{"schema":{"$ref":"#/components/schemas/Token"}}}}})");
}

TEST_CASE("a route that is added is in the next document") {
  auto app = App();
  CHECK(openapi::document(app.options(), app.routes())["paths"].size() == 0);
  app.get<plain_list>("/things");
  CHECK(openapi::document(app.options(), app.routes())["paths"].size() == 1);
}
