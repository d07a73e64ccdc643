#include "plinth/router.hpp"

#include <stdexcept>

namespace plinth {

namespace {

void check_prefix(std::string_view prefix) {
  if (prefix.empty()) return;
  if (prefix.front() != '/' || prefix.back() == '/') {
    throw std::invalid_argument("prefix \"" + std::string(prefix) +
                                "\": a prefix starts with '/' and does not end with it");
  }
}

template <class T>
void prepend(std::vector<T>& items, const std::vector<T>& before) {
  items.insert(items.begin(), before.begin(), before.end());
}

// The outer router's go first; what the inner one says of the same status wins.
void prepend_responses(std::vector<AdditionalResponse>& inner,
                       const std::vector<AdditionalResponse>& outer) {
  auto merged = outer;
  for (auto& own : inner) {
    bool replaced = false;
    for (auto& other : merged) {
      if (other.status != own.status) continue;
      other = own;
      replaced = true;
    }
    if (!replaced) merged.push_back(std::move(own));
  }
  inner = std::move(merged);
}

void apply(const RouterOptions& outer, detail::Route& route) {
  route.path.insert(0, outer.prefix);
  prepend(route.options.tags, outer.tags);
  prepend(route.options.dependencies, outer.dependencies);
  prepend_responses(route.options.responses, outer.responses);
  route.options.deprecated = route.options.deprecated || outer.deprecated;
  route.options.include_in_schema = route.options.include_in_schema && outer.include_in_schema;
  if (route.options.access == Access::undeclared) route.options.access = outer.access;
  if (!route.options.deprecation) route.options.deprecation = outer.deprecation;
}

}  // namespace

Router::Router(RouterOptions options) : options_(std::move(options)) {
  check_prefix(options_.prefix);
}

Router& Router::include(const Router& router, RouterOptions include_options) {
  check_prefix(include_options.prefix);
  for (auto route : router.routes_) {
    apply(include_options, route);
    add_route(std::move(route));
  }
  return *this;
}

Router& Router::add_route(detail::Route route) {
  apply(options_, route);
  if (!route.path.empty() && route.path.front() != '/') {
    throw std::invalid_argument("route \"" + route.path + "\" (" + std::string(route.name()) +
                                "): a path starts with '/'");
  }
  if (route.methods.empty()) {
    throw std::invalid_argument("route \"" + route.path + "\" (" + std::string(route.name()) +
                                "): a route needs a method");
  }
  routes_.push_back(std::move(route));
  return *this;
}

}  // namespace plinth
