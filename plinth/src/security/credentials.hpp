// Credentials as they stand in the header fields of a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plinth/http.hpp"
#include "plinth/security.hpp"

namespace plinth::security {

/// The value of a header that was sent once; empty when it was not sent or sent twice: then a proxy
/// in front and the application might each believe another one.
std::optional<std::string_view> only_header(const Request& request, std::string_view name);

/// The Authorization field at its first space, what follows stripped; "Bearer" alone has empty
/// credentials. ISO 8859-1 made UTF-8.
std::optional<HTTPAuthorizationCredentials> authorization_of(const Request& request);

}  // namespace plinth::security
