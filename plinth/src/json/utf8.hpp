// UTF-8 text: checking, counting, encoding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace plinth::json {

struct Utf8Check {
  bool valid = true;
  bool surrogates = false;  // holds lone surrogates in three bytes each
};

/// Valid as bytes.decode("utf-8", "surrogatepass") takes it: encoded surrogates pass and are
/// reported.
Utf8Check check_utf8(std::string_view text);

/// Strictly valid UTF-8 (RFC 3629).
inline bool is_utf8(std::string_view text) {
  auto check = check_utf8(text);
  return check.valid && !check.surrogates;
}

/// Code points of valid UTF-8 text.
std::size_t count_code_points(std::string_view text);

/// A surrogate is written in three bytes, as WTF-8.
void append_utf8(std::string& out, std::uint32_t code_point);
/// Writes up to 4 bytes; returns the end.
char* write_utf8(char* out, std::uint32_t code_point);

/// The code point at `position` of valid UTF-8 text; advances behind it.
std::uint32_t next_code_point(std::string_view text, std::size_t& position);

/// Valid UTF-8 of any bytes: what is malformed, lone surrogates too, becomes U+FFFD.
std::string repair_utf8(std::string_view text);

/// Text of a UTF-16 or UTF-32 body as UTF-8, without its byte order mark. False when it is neither.
/// The choice of encoding is json.detect_encoding's; `text` must start with a NUL in its first four
/// bytes or with a mark.
bool transcode_wide(std::string_view text, std::string& out);
/// Whether json.detect_encoding finds UTF-16 or UTF-32.
bool is_wide(std::string_view text);

}  // namespace plinth::json
