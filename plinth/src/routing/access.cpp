#include "routing/access.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "plinth/json.hpp"

namespace plinth::routing {

namespace {

using detail::Parameter;
using detail::Source;

constexpr int declared_depth_max = 64;  // deeper is a circle, which planning the route reports

// What stands behind parameters. An optional scheme lets everybody in, so it guards nothing.
struct Demands {
  bool scheme = false;
  std::vector<std::string_view> scopes;
  std::vector<const detail::SecurityScheme*> schemes;

  void add(const Parameter& parameter, int depth = 0) {
    for (auto scope : parameter.scopes) {
      if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
    }
    if (parameter.source == Source::security) {
      scheme = scheme || !parameter.optional;
      schemes.push_back(parameter.scheme);
    }
    if (!parameter.dependency || depth > declared_depth_max) return;
    for (const auto& next : parameter.dependency->parameters) add(next, depth + 1);
  }
};

Demands demands_of(const detail::Route& route) {
  Demands demands;
  for (const auto& parameter : route.options.dependencies) demands.add(parameter);
  if (route.plain) return demands;
  for (const auto& parameter : route.endpoint.callable->parameters) demands.add(parameter);
  return demands;
}

std::string described(const detail::Route& route) {
  return route.methods.front() + " \"" + route.path + "\" (" + std::string(route.name()) + ")";
}

// The scopes that OAuth2 schemes declare; others have no such list.
std::vector<std::string> declared_scopes(const Demands& demands) {
  std::vector<std::string> scopes;
  for (const auto* scheme : demands.schemes) {
    const auto entry = Json::parse(scheme->openapi_json());
    const auto* flows = entry.find("flows");
    if (!flows) continue;
    for (const auto& [name, flow] : flows->members()) {
      for (const auto& [scope, text] : flow["scopes"].members()) scopes.push_back(scope);
    }
  }
  return scopes;
}

// A misspelt scope is one that no role has: the route would answer 403 for ever.
void check_scopes(const detail::Route& route) {
  const auto demands = demands_of(route);
  if (demands.scopes.empty()) return;
  const auto declared = declared_scopes(demands);
  if (declared.empty()) return;
  for (auto scope : demands.scopes) {
    if (std::ranges::find(declared, scope) != declared.end()) continue;
    throw std::invalid_argument("route " + described(route) + ": asks for the scope \"" +
                                std::string(scope) + "\", which " +
                                std::string(demands.schemes.front()->name) +
                                " does not declare; mend it, or add scope(\"" + std::string(scope) +
                                "\", \"…\") to the scheme");
  }
}

}  // namespace

std::string policy_of(const detail::Route& route) {
  const auto demands = demands_of(route);
  if (demands.scheme) {
    std::string scopes;
    for (auto scope : demands.scopes) scopes.append(scopes.empty() ? "" : " ").append(scope);
    return scopes.empty() ? "guarded" : scopes;
  }
  switch (route.options.access) {
    case Access::open:
      return "open";
    case Access::guarded:
      return "guarded";
    case Access::undeclared:
      break;
  }
  return {};
}

void require_access(const std::vector<detail::Route>& routes) {
  std::string undeclared;
  for (const auto& route : routes) {
    check_scopes(route);
    if (!policy_of(route).empty()) continue;
    undeclared.append(undeclared.empty() ? "route " : ", ").append(described(route));
  }
  if (undeclared.empty()) return;
  throw std::invalid_argument(
      undeclared +
      ": nobody says who may ask it; give it a security scheme (Depends<get_current_user>, "
      "Security<get_current_user, \"items:read\">), or write .access = Access::open for everybody, "
      "Access::guarded when the handler looks after it itself");
}

}  // namespace plinth::routing
