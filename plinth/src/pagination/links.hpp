// The Link field of a page: the request's own query with other places in it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plinth::pagination {

struct Parameter {
  std::string_view name;
  std::string value;
};

/// "?…": the query as it came, less limit, offset and cursor, then these. Only characters of
/// a URI's query, without ',' and ';', which careless readers of Link split at; every other byte is
/// percent-encoded, a stray '%' too. Means the same to parse_query.
std::string page_reference(std::string_view query, std::span<const Parameter> parameters);

struct Link {
  std::string_view relation;  // "next"
  std::string reference;
};
/// <?limit=2&offset=2>; rel="next", …
std::string link_field(std::span<const Link> links);

}  // namespace plinth::pagination
