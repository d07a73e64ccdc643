// What a route takes from its requests: the parameters of its handler and of all its dependencies.
#pragma once

#include <string_view>
#include <vector>

#include "plinth/detail/callable.hpp"
#include "plinth/router.hpp"

namespace plinth::openapi {

/// One name of the path, the query, the headers, the cookies or a body.
struct Input {
  detail::Source source;
  std::string name;  // "" for a whole body
  const detail::Type* type;
};

struct Requirement {
  const detail::SecurityScheme* scheme;
  std::vector<std::string_view> scopes;
};

struct Inputs {
  std::vector<Input> path, query, header, cookie;
  std::vector<Input> body;  // JSON, or the fields of a form
  std::vector<Requirement> security;

  bool has_parameters() const {
    return !path.empty() || !query.empty() || !header.empty() || !cookie.empty();
  }
};

/// In FastAPI's order: a function's own before those of its dependencies, the route's dependencies
/// before the handler's. A dependency is looked into once.
Inputs inputs_of(const detail::Route& route);

}  // namespace plinth::openapi
