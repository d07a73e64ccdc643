// Cursors: a place in an ordered list, as a text that clients hand back as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::pagination {

struct Cursor {
  enum class From : std::uint8_t { after, before, end };

  From from = From::after;
  std::string order;                // "-created_at,id"
  std::vector<std::string> values;  // JSON texts, of the row that it goes on from; none: an end
};

/// Base64url of the first 16 bytes of an HMAC-SHA256, then a JSON array.
std::string encode_cursor(const Cursor& cursor, const std::string& secret);
/// Empty for every text that encode_cursor did not make with this secret.
std::optional<Cursor> decode_cursor(std::string_view text, const std::string& secret);

}  // namespace plinth::pagination
