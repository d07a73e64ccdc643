// Unicode in the letters, digits and hyphens of a host name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/unicode.hpp"

namespace plinth::formats {

/// Source: RFC 3492.
std::string punycode_encode(CodePointsView label);
/// Nothing when it is no punycode. `text` is ASCII, in lower case.
std::optional<CodePoints> punycode_decode(std::string_view text);

}  // namespace plinth::formats
