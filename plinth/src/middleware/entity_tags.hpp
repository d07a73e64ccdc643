// Lists of entity tags in If-Match and If-None-Match.
#pragma once

#include <string_view>

#include "plinth/http.hpp"

namespace plinth::middleware {

/// What a compressed representation adds to the tag of the plain one, before the last quote.
inline constexpr std::string_view gzip_mark = "-gzip";

/// How a list of a request meets a tag.
struct TagMatch {
  bool listed = false;         // the header is there
  bool any = false;            // "*"
  bool strong = false;         // RFC 9110 8.8.3.2: both strong, and equal
  bool weak = false;           // equal but for W/
  std::string_view sent = {};  // the one that is equal, as it was sent
};

/// All fields of that name as one list. A field that is malformed matches nothing.
///
/// name     lower case
/// current  a tag with its quotes, maybe W/"…"; the tag of its compressed form is equal to it
TagMatch match_tags(const Request& request, std::string_view name, std::string_view current);

}  // namespace plinth::middleware
