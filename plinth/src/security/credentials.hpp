// Credentials as they stand in a request.
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
/// credentials.
std::optional<HTTPAuthorizationCredentials> authorization_of(const Request& request);

/// The last parameter of that name, decoded; empty also when it is no UTF-8.
std::optional<std::string> query_value(std::string_view query_string, std::string_view name);

/// The last cookie of that name, its quotes removed.
std::optional<std::string> cookie_value(const Request& request, std::string_view name);

/// Header bytes as Starlette reads them: ISO 8859-1 to UTF-8.
std::string from_latin1(std::string_view bytes);

std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);

}  // namespace plinth::security
