// What the answers of a deprecated route say.
#pragma once

#include <vector>

#include "plinth/router.hpp"

namespace plinth::routing {

/// Deprecation (RFC 9745), Sunset (RFC 8594) and Link fields; none for a route without a
/// Deprecation. Throws std::invalid_argument naming the route and what is wrong.
std::vector<Headers::Field> deprecation_fields(const detail::Route& route);

}  // namespace plinth::routing
