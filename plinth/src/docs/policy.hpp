// What the documentation's pages may do in a browser.
#pragma once

#include <string>
#include <string_view>

#include "plinth/json.hpp"

namespace plinth::docs {

/// A Content-Security-Policy (CSP level 3) for `html`: scripts from this server, those in the page
/// by their hashes, nothing by eval; requests to this server and to what `document`, an OpenAPI
/// document, names: its servers, and where its security schemes fetch tokens. Styles may stand in
/// the page: Swagger UI and ReDoc write them so.
std::string content_security_policy(std::string_view html, const Json& document);

}  // namespace plinth::docs
