// The authority of a URL as Host carries it: host [":" port], RFC 9110 7.2 and RFC 3986 3.2.
#pragma once

#include <string_view>

namespace plinth::http {

/// A name, an IPv4 address or a bracketed IPv6 or future address, and perhaps a port up to 65535.
/// No user, not empty.
bool is_authority(std::string_view text);

}  // namespace plinth::http
