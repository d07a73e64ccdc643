// The last pass over the document: members in the order of FastAPI's models of OpenAPI.
#pragma once

#include "plinth/json.hpp"

namespace plinth::openapi {

/// A schema with its members in FastAPI's order; the limits of numbers become floats, as there.
Json schema_in_order(const Json& schema);

/// A path item in FastAPI's order. One whose operations have parameters stays as it is: FastAPI
/// keeps those as it made them.
Json path_item_in_order(const Json& item);

}  // namespace plinth::openapi
