// IP addresses as text, with the errors of Python's ipaddress module.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "formats/unicode.hpp"

namespace plinth::formats {

/// Why `text` is no IPv4 address in dotted decimal ("Expected 4 octets in '1.2'"); empty when it is
/// one. Source: CPython 3.14, ipaddress.IPv4Address
std::string check_ipv4(CodePointsView text);
/// Source: CPython 3.14, ipaddress.IPv6Address
std::string check_ipv6(CodePointsView text);

}  // namespace plinth::formats
