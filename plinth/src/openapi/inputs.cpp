#include "openapi/inputs.hpp"

#include <algorithm>
#include <string>

namespace plinth::openapi {
namespace {

using detail::Callable;
using detail::Parameter;
using detail::Source;
using Scopes = std::vector<std::string_view>;

// The name of a model's member on the wire.
std::string member_name(const detail::Member& member, Source source) {
  const auto* rules = member.type().rules;
  if (rules && !rules->alias.empty()) return std::string(rules->alias);
  std::string name(member.name);
  if (source == Source::header) std::ranges::replace(name, '_', '-');
  return name;
}

class Collector {
 public:
  void route(const detail::Route& route) {
    const auto& callable = *route.endpoint.callable;
    own(callable, {});
    for (const auto& parameter : route.options.dependencies) below(parameter, {});
    for (const auto& parameter : callable.parameters) below(parameter, {});
  }

  Inputs take() { return std::move(inputs_); }

 private:
  struct Visit {
    const void* what;  // a Callable or a SecurityScheme
    Scopes scopes;
    bool operator==(const Visit&) const = default;
  };

  bool visited(const void* what, const Scopes& scopes) {
    Visit visit{what, scopes};
    if (std::ranges::find(visits_, visit) != visits_.end()) return true;
    visits_.push_back(std::move(visit));
    return false;
  }

  // What `callable` itself reads from the request.
  void own(const Callable& callable, const Scopes&) {
    for (const auto& parameter : callable.parameters) {
      auto* group = group_of(parameter.source);
      if (!group) continue;
      if (!parameter.model) {
        group->push_back({parameter.source, std::string(parameter.name), &parameter.type()});
        continue;
      }
      // A form that is one model is documented by the model's name.
      if (parameter.source == Source::form && !parameter.each) {
        group->push_back({parameter.source, {}, &parameter.type()});
        continue;
      }
      for (const auto& member : parameter.type().members) {
        group->push_back({parameter.source, member_name(member, parameter.source), &member.type()});
      }
    }
  }

  // What stands behind `parameter`: a dependency or a scheme.
  void below(const Parameter& parameter, Scopes scopes) {
    for (auto scope : parameter.scopes) {
      if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
    }
    if (parameter.source == Source::security) {
      if (visited(parameter.scheme, scopes)) return;
      require(*parameter.scheme, scopes);
    } else if (parameter.source == Source::dependency) {
      const auto& callable = *parameter.dependency;
      if (visited(&callable, scopes)) return;
      own(callable, scopes);
      for (const auto& next : callable.parameters) below(next, scopes);
    }
  }

  void require(const detail::SecurityScheme& scheme, const Scopes& scopes) {
    auto same_name = [&](const Requirement& made) { return made.scheme->name == scheme.name; };
    auto found = std::ranges::find_if(inputs_.security, same_name);
    if (found == inputs_.security.end()) {
      inputs_.security.push_back({&scheme, scopes});
      return;
    }
    for (auto scope : scopes) {
      if (std::ranges::find(found->scopes, scope) == found->scopes.end()) {
        found->scopes.push_back(scope);
      }
    }
  }

  std::vector<Input>* group_of(Source source) {
    switch (source) {
      case Source::path:
        return &inputs_.path;
      case Source::query:
        return &inputs_.query;
      case Source::header:
        return &inputs_.header;
      case Source::cookie:
        return &inputs_.cookie;
      case Source::body:
      case Source::form:
      case Source::body_or_form:
        return &inputs_.body;
      default:
        return nullptr;
    }
  }

  Inputs inputs_;
  std::vector<Visit> visits_;
};

}  // namespace

Inputs inputs_of(const detail::Route& route) {
  Collector collector;
  if (!route.plain) collector.route(route);
  return collector.take();
}

}  // namespace plinth::openapi
