// Hosts of URLs. Source: WHATWG URL, 3.5; errors as url 2.5 (Rust) words them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/checked.hpp"

namespace plinth::formats {

/// The host of an http URL as it is written there: a domain in ASCII, an IPv4 address, an IPv6
/// address in brackets.
Checked<std::string> read_host(std::string_view text);
/// The host of a URL whose scheme is not special, which is not resolved further.
Refusal check_opaque_host(std::string_view text);

/// "%41" to "A"; what is no escape stays.
std::string percent_decode(std::string_view text);
/// The same where every '%' must begin an escape; empty when one does not.
std::optional<std::string> percent_decode_strictly(std::string_view text);

}  // namespace plinth::formats
