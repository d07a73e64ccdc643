// "/items/" for "/items" and the other way round.
#pragma once

#include <string>

#include "plinth/http.hpp"

namespace plinth::routing {

/// The path with its slashes at the end taken away, or with one added; empty for "/", which has no
/// other form.
std::string other_slash(std::string_view path);

/// 307 to that path with the request's query. The Location is relative, so that a forged Host is
/// not reflected (RFC 9110 10.2.2).
Response redirect_to(std::string_view path, const Request& request);

}  // namespace plinth::routing
