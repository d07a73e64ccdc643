// The OpenAPI document of an application, as FastAPI 0.143 writes it: the same members in the same
// order.
#pragma once

#include <span>
#include <string>

#include "plinth/app.hpp"

namespace plinth::openapi {

/// OpenAPI 3.1.0 from the tables of the routes; those with include_in_schema = false are left out.
Json document(const AppOptions& options, std::span<const detail::Route> routes);

/// "read_item_items__id__get": the route's own operation_id, else name, path and first method.
std::string operation_id(const detail::Route& route);

}  // namespace plinth::openapi
