// Base64 (RFC 4648): the URL alphabet of tokens, without padding, and the plain one of Basic
// credentials and of mail, with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plinth::security {

/// Base64url without padding.
std::string encode_base64url(std::string_view bytes);

/// Appends the bytes; false, with anything appended, unless `text` is what encode_base64url makes
/// of them: no padding, no other character, the unused bits of the last one zero.
bool decode_base64url(std::string_view text, std::string& bytes);

/// Base64 with padding.
std::string encode_base64(std::string_view bytes);

/// Padded base64 in its one canonical spelling; empty for any other text.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace plinth::security
