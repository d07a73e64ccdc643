// One operation of the document: a route under one of its methods.
#pragma once

#include <string>

#include "openapi/inputs.hpp"
#include "plinth/json.hpp"
#include "plinth/router.hpp"
#include "schema/json_schema.hpp"

namespace plinth::openapi {

/// A route with all that is said of it; made before any operation is written, because a schema's
/// name depends on what else the document mentions.
struct Described {
  const detail::Route* route;
  std::string id;  // its operationId
  Inputs inputs;
};

/// Tells the definitions every type that the operation mentions.
void announce(const Described& described, schema::Definitions& definitions);

/// The operation, members in the order FastAPI makes them. May add definitions.
Json operation(const Described& described, std::string_view method,
               schema::Definitions& definitions);

}  // namespace plinth::openapi
