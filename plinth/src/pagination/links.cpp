#include "pagination/links.hpp"

#include "http/query.hpp"

namespace plinth::pagination {

namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 3.4 without ',' ';' and '&', which stands between the parts.
bool is_query_character(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("-._~!$'()*+=:@/?").find(c) != std::string_view::npos;
}

void append_byte(std::string& out, unsigned byte) {
  constexpr char digits[] = "0123456789ABCDEF";
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

void append_encoded(std::string& out, std::string_view part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    const bool escape =
        c == '%' && i + 2 < part.size() && is_hex(part[i + 1]) && is_hex(part[i + 2]);
    if (escape || is_query_character(c)) {
      out += c;
      continue;
    }
    append_byte(out, static_cast<unsigned char>(c));
  }
}

bool is_replaced(std::string_view part) {
  const auto pairs = http::parse_query(part);
  if (pairs.empty()) return true;
  const auto& name = pairs.front().first;
  return name == "limit" || name == "offset" || name == "cursor";
}

}  // namespace

std::string page_reference(std::string_view query, std::span<const Parameter> parameters) {
  std::string out = "?";
  auto separate = [&] {
    if (out.size() > 1) out += '&';
  };
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty() || is_replaced(part)) continue;
    separate();
    append_encoded(out, part);
  }
  for (const auto& parameter : parameters) {
    separate();
    out += parameter.name;
    out += '=';
    out += http::percent_encode(parameter.value, "");
  }
  return out;
}

std::string link_field(std::span<const Link> links) {
  std::string out;
  for (const auto& link : links) {
    if (!out.empty()) out += ", ";
    out += '<';
    out += link.reference;
    out += ">; rel=\"";
    out += link.relation;
    out += '"';
  }
  return out;
}

}  // namespace plinth::pagination
