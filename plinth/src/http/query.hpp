// Names and values out of URLs, forms and cookies, as Starlette and urllib read them. All results
// are valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/http.hpp"

namespace plinth::http {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// urllib.parse.unquote: %XX as UTF-8, what is not UTF-8 becomes U+FFFD, a bad escape ("%zz")
/// stays.
std::string percent_decode(std::string_view text);
/// The same into `out`, whose memory is used again.
void percent_decode_into(std::string& out, std::string_view text);
/// urllib.parse.quote: every byte but letters, digits, "_.-~" and those of `safe` becomes %XX.
std::string percent_encode(std::string_view text, std::string_view safe);

/// ISO 8859-1 bytes as UTF-8: how Starlette reads header fields and raw form bytes.
std::string latin1_to_utf8(std::string_view bytes);

/// parse_qsl(query, keep_blank_values=True): '+' is a space, empty parts are skipped, order and
/// duplicates are kept.
Pairs parse_query(std::string_view query);

/// An application/x-www-form-urlencoded body. Throws HttpError 400 when there are more than
/// `fields_max`.
Pairs parse_form(std::string_view body, std::size_t fields_max = 1000);

/// The cookies of all Cookie fields; a later one of the same name replaces the value of an earlier
/// one.
Pairs parse_cookies(const Request& request);

}  // namespace plinth::http
