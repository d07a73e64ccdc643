// Content negotiation for the one coding that we have.
#pragma once

#include <string_view>

namespace plinth {
struct Request;
}

namespace plinth::http {

/// Whether one Accept-Encoding field names gzip (or x-gzip) with a quality above 0. Codings that it
/// does not name, also "*", are not taken for gzip, as Starlette. Source: RFC 9110 12.5.3
bool accepts_gzip(std::string_view field);

/// The same over all Accept-Encoding fields of a request, which make one list.
bool accepts_gzip(const Request& request);

}  // namespace plinth::http
