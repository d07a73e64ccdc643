// The routes of the documentation: the OpenAPI document, Swagger UI, ReDoc and their files.
#pragma once

#include <vector>

#include "plinth/app.hpp"

namespace plinth::docs {

/// Routes for what `options` does not switch off; none without an openapi_url. Each answers GET and
/// HEAD.
///
/// options, routes  of the app; must stay where they are as long as the routes are used. The
///                  document is made at the first request for it, and anew when there are more
///                  routes. The app is complete before it serves from several threads.
std::vector<detail::Route> documentation_routes(const AppOptions& options,
                                                const std::vector<detail::Route>& routes);

}  // namespace plinth::docs
