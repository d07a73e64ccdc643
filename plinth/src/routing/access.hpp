// Who may ask a route: what its dependencies demand, or what it declares.
#pragma once

#include <string>
#include <vector>

#include "plinth/router.hpp"

namespace plinth::routing {

/// "users:read users:write", the scopes that it asks for; "guarded" by a security scheme or by its
/// own word; "open"; "" when nobody said.
std::string policy_of(const detail::Route& route);

/// Throws std::invalid_argument that names the routes of which nobody said it, or that ask for a
/// scope which their security scheme does not declare, and the fix.
void require_access(const std::vector<detail::Route>& routes);

}  // namespace plinth::routing
