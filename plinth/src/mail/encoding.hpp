// Text as mail carries it: ASCII in lines of limited length. Source: RFC 2045, 2047, 5322.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::mail {

/// Appends `text`, one line of UTF-8 whose first character comes after `column` others, folded; in
/// encoded words where it is not plain ASCII.
void append_unstructured(std::string& out, std::size_t column, std::string_view text);

/// Appends the name before an address: as it is, in quotes, or in encoded words.
void append_phrase(std::string& out, std::size_t column, std::string_view text);

/// A body, and the name of its Content-Transfer-Encoding.
struct EncodedBody {
  std::string_view encoding;  // "7bit", "quoted-printable" or "base64"
  std::string text;           // ends with CRLF
};

/// Whatever its line ends were, they are CRLF. Plain ASCII stays as it is when its lines are short;
/// else the shorter encoding is taken, as Python's email does.
EncodedBody encode_body(std::string_view utf8);

}  // namespace plinth::mail
