#include "routing/route_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace plinth;
using routing::RouteTable;

namespace {

detail::Route route(std::vector<std::string> methods, std::string path) {
  return {.methods = std::move(methods),
          .path = std::move(path),
          .endpoint = {},
          .options = {.name = "handler"}};
}

std::string described(const RouteTable::Found& found) {
  auto text = [](std::uint32_t number) {
    return number == RouteTable::none ? std::string("-") : std::to_string(number);
  };
  return text(found.full) + " " + text(found.partial);
}

// What Starlette does: one route after another.
RouteTable::Found find_slowly(const std::vector<detail::Route>& routes, std::string_view method,
                              std::string_view path) {
  RouteTable::Found found;
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    if (!routing::PathTemplate(routes[i].path).match(path)) continue;
    bool takes = std::ranges::find(routes[i].methods, method) != routes[i].methods.end();
    if (takes) {
      found.full = i;
      return found;
    }
    found.partial = std::min(found.partial, i);
  }
  return found;
}

}  // namespace

TEST_CASE("the first route that fits answers, in the order of adding") {
  std::vector<detail::Route> routes = {
      route({"GET"}, "/users/me"),      route({"GET"}, "/users/{id}"),
      route({"GET"}, "/users/late"),    route({"POST"}, "/users/{id}"),
      route({"GET"}, "/{rest:path}"),   route({"GET"}, "/health"),
      route({"DELETE"}, "/users/{id}"),
  };
  RouteTable table(routes);
  CHECK(described(table.find("GET", "/users/me")) == "0 -");
  CHECK(table.find("GET", "/users/5").full == 1);
  CHECK(table.find("GET", "/users/late").full == 1);  // {id} came first
  CHECK(table.find("POST", "/users/late").full == 3);
  CHECK(table.find("GET", "/health").full == 4);  // so did {rest:path}
  CHECK(table.find("GET", "/a/b").full == 4);
  CHECK(table.find("DELETE", "/users/me").full == 6);
}

TEST_CASE("a path without its method finds the first route of that path") {
  std::vector<detail::Route> routes = {route({"GET"}, "/a"), route({"POST"}, "/a"),
                                       route({"PUT"}, "/{x}")};
  RouteTable table(routes);
  CHECK(described(table.find("DELETE", "/a")) == "- 0");
  CHECK(described(table.find("DELETE", "/b")) == "- 2");
  CHECK(described(table.find("GET", "/b/c")) == "- -");
  CHECK(table.find("PUT", "/a").full == 2);
  CHECK(described(table.find("get", "/a")) == "- 0");
}

TEST_CASE("two routes for the same requests are refused by name") {
  std::vector<detail::Route> routes = {route({"GET", "POST"}, "/a/{x}"), route({"POST"}, "/a/{y}")};
  CHECK_THROWS_WITH_AS(RouteTable{routes},
                       "route POST \"/a/{y}\" (handler) can never answer: \"/a/{x}\" (handler) was "
                       "added before and takes the same requests",
                       std::invalid_argument);
  std::vector<detail::Route> good = {route({"GET"}, "/a/{x:int}"), route({"GET"}, "/a/{x}")};
  CHECK(RouteTable(good).find("GET", "/a/5").full == 0);
}

TEST_CASE("any table answers as trying one route after another does") {
  std::mt19937 random(42);
  auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> parts = {"a",  "b",       "{x}",        "{x:int}", "a-{x}",
                                          "ab", "{x}.txt", "{x:float}b", "",        "{x:path}"};
  const std::vector<std::string> pieces = {"a", "b", "ab", "7", "a-7", "b.txt", "1.5b", "", "a.b"};
  const std::vector<std::string> methods = {"GET", "POST", "PUT"};
  int found_some = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<detail::Route> routes;
    std::vector<std::string> seen;
    for (int i = 0; i < 12; ++i) {
      std::string path;
      auto depth = 1 + random() % 3;
      for (std::size_t j = 0; j < depth; ++j) {
        auto part = pick(parts);
        auto at = part.find('x');
        if (at != std::string::npos) part.replace(at, 1, "x" + std::to_string(j));
        path += "/" + part;
      }
      auto method = pick(methods);
      if (std::ranges::find(seen, method + path) != seen.end()) continue;
      seen.push_back(method + path);
      routes.push_back(route({method}, path));
    }
    RouteTable table(routes);
    for (int i = 0; i < 40; ++i) {
      std::string path;
      auto depth = 1 + random() % 3;
      for (std::size_t j = 0; j < depth; ++j) path += "/" + pick(pieces);
      auto method = pick(methods);
      auto fast = table.find(method, path);
      auto slow = find_slowly(routes, method, path);
      INFO(method << " " << path);
      CHECK(fast.full == slow.full);
      if (slow.full == RouteTable::none) CHECK(fast.partial == slow.partial);
      found_some += slow.full != RouteTable::none;
    }
  }
  CHECK(found_some > 2000);
}
