// Web addresses, checked and normalised as pydantic's HttpUrl.
#pragma once

#include <string_view>

#include "formats/problem.hpp"
#include "plinth/values.hpp"

namespace plinth::formats {

/// An http or https URL of at most 2083 characters with a host: scheme and host in lower case, IDN
/// as punycode, default port dropped, "/" for no path, the rest percent-encoded where it must be.
/// Source: WHATWG URL, url 2.5 (Rust), pydantic 2.13.
Parsed<Url> url_from_text(std::string_view text);

}  // namespace plinth::formats
