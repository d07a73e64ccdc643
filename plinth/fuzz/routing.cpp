// Routes and paths of any text: the tree finds what trying one route after another finds.
// Input: templates, one a line; after an empty line the path.
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "expect.hpp"
#include "routing/route_table.hpp"

using namespace plinth;
using fuzz::expect;
using routing::RouteTable;

namespace {

constexpr std::size_t routes_max = 12;
const std::vector<std::vector<std::string>> method_sets = {{"GET"}, {"POST"}, {"GET", "POST"}};

std::vector<detail::Route> take_routes(std::string_view& text) {
  std::vector<detail::Route> routes;
  while (!text.empty() && routes.size() < routes_max) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    routes.push_back({.methods = method_sets[line.size() % method_sets.size()],
                      .path = std::string(line),
                      .endpoint = {},
                      .options = {.name = "handler"}});
  }
  return routes;
}

RouteTable::Found find_slowly(const std::vector<detail::Route>& routes, std::string_view method,
                              std::string_view path) {
  RouteTable::Found found;
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    std::vector<routing::Capture> captures;
    if (!routing::PathTemplate(routes[i].path).match(path, captures)) continue;
    for (const auto& capture : captures) {
      expect(capture.value.data() >= path.data() &&
             capture.value.data() + capture.value.size() <= path.data() + path.size());
    }
    if (std::ranges::find(routes[i].methods, method) != routes[i].methods.end()) {
      found.full = i;
      return found;
    }
    found.partial = std::min(found.partial, i);
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::as_text(data, size);
  const auto routes = take_routes(text);
  try {
    const RouteTable table(routes);
    for (const auto* method : {"GET", "POST", "PUT"}) {
      const auto found = table.find(method, text);
      const auto expected = find_slowly(routes, method, text);
      expect(found.full == expected.full);
      if (expected.full == RouteTable::none) expect(found.partial == expected.partial);
    }
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
