// Text of unknown origin on its way into a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::base {

/// Appends at most `limit` bytes of `text`; what was cut off is told. Characters that end a line,
/// drive a terminal or turn its writing direction are written \n, \t, \x1b, \u2028, and so are
/// bytes that are no UTF-8.
void append_plain(std::string& out, std::string_view text, std::size_t limit);
/// The same inside of quotes, which are escaped, as is the backslash.
void append_quoted(std::string& out, std::string_view text, std::size_t limit);
/// A JSON string with its quotes. The same characters are escaped, as JSON does; bytes that are no
/// UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text, std::size_t limit);

}  // namespace plinth::base
