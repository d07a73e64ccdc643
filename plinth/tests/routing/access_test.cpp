#include "routing/access.hpp"

#include <doctest/doctest.h>

#include <string>

#include "plinth/plinth.hpp"

using namespace plinth;

namespace {

using Bearer = OAuth2PasswordBearer<"/token">;

std::string get_user(Bearer token, const SecurityScopes&) { return *token; }
std::string get_guest(std::optional<Bearer> token) { return token ? **token : "nobody"; }
bool get_nothing() { return true; }

std::string open_page() { return "page"; }
std::string own(Depends<get_user> user) { return *user; }
std::string read(Security<get_user, "items:read", "items:list"> user) { return *user; }
std::string greet(Depends<get_guest> guest) { return *guest; }

using Scoped = OAuth2PasswordBearer<"/token", scope("items:read", "Read items")>;
std::string get_scoped(Scoped token) { return *token; }
std::string read_declared(Security<get_scoped, "items:read"> user) { return *user; }
std::string read_misspelt(Security<get_scoped, "items:raed"> user) { return *user; }

Router everything() {
  return Router()
      .get<own>("/own")
      .get<read>("/read")
      .get<open_page>("/open", {.access = Access::open})
      .get<greet>("/greet")
      .get<open_page>("/first", {.dependencies = {secures<get_user, "items:read">}})
      .get<open_page>("/other", {.dependencies = {depends<get_nothing>}})
      .get<own>("/both", {.access = Access::open});
}

std::string policy(const Router& router, std::string_view path) {
  for (const auto& route : router.routes()) {
    if (route.path == path) return routing::policy_of(route);
  }
  return "no such route";
}

std::string refusal(App& app) {
  try {
    plinth::run(app.startup());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a route's policy is what its dependencies demand, or what it declares") {
  const auto router = everything();
  CHECK(policy(router, "/own") == "guarded");
  CHECK(policy(router, "/read") == "items:read items:list");
  CHECK(policy(router, "/first") == "items:read");
  CHECK(policy(router, "/open") == "open");
  CHECK(policy(router, "/greet").empty());  // who sends no token is let in
  CHECK(policy(router, "/other").empty());
  CHECK(policy(router, "/both") == "guarded");  // the scheme is asked whatever is declared
}

TEST_CASE("what a router declares is so of routes that do not say") {
  auto pages = Router({.access = Access::guarded});
  pages.get<open_page>("/own").get<open_page>("/all", {.access = Access::open});
  const auto router = Router().include(pages);
  CHECK(policy(router, "/own") == "guarded");
  CHECK(policy(router, "/all") == "open");
}

TEST_CASE("with require_access an app does not start with a route that nobody declared") {
  auto app = App({.require_access = true});
  app.include(everything());
  const auto message = refusal(app);
  CHECK(
      message.starts_with("route GET \"/greet\" (greet), GET \"/other\" (open_page): nobody says"));
  CHECK(message.find(".access = Access::open") != std::string::npos);
}

TEST_CASE("with require_access a scope must be one that its scheme declares") {
  auto app = App({.require_access = true});
  app.get<read_declared>("/declared");
  CHECK(refusal(app).empty());
  app.get<read_misspelt>("/misspelt");
  CHECK(
      refusal(app).starts_with("route GET \"/misspelt\" (read_misspelt): asks for the scope "
                               "\"items:raed\", which OAuth2PasswordBearer does not declare"));
}

TEST_CASE("the library's own routes declare themselves") {
  auto app = App({.require_access = true});
  Instrumentator().instrument(app).expose(app);
  CHECK(refusal(app).empty());
  for (const auto& route : app.routes()) CHECK(routing::policy_of(route) == "open");
}

TEST_CASE("without require_access nothing need be declared") {
  auto app = App();
  app.include(everything());
  CHECK(refusal(app).empty());
}
