#include "middleware/entity_tags.hpp"

#include "http/characters.hpp"

namespace plinth::middleware {
namespace {

struct Tag {
  bool weak = false;
  std::string_view opaque;  // between the quotes, without the mark of compression
};

std::string_view unmarked(std::string_view opaque) {
  return opaque.ends_with(gzip_mark) ? opaque.substr(0, opaque.size() - gzip_mark.size()) : opaque;
}

// Takes one tag from the front of `rest`; false when there is none.
bool take(std::string_view& rest, Tag& tag) {
  std::string_view text = rest;
  tag.weak = text.starts_with("W/");
  if (tag.weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return false;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  const auto opaque = text.substr(1, end - 1);
  for (const char c : opaque) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  }
  tag.opaque = unmarked(opaque);
  rest = text.substr(end + 1);
  return true;
}

void match_field(std::string_view field, const Tag& current, TagMatch& match) {
  field = http::strip_blanks(field);
  if (field == "*") {
    match.any = true;
    return;
  }
  while (!field.empty()) {
    const auto before = field;
    Tag tag;
    if (!take(field, tag)) return;
    if (tag.opaque == current.opaque) {
      match.weak = true;
      match.strong = match.strong || (!tag.weak && !current.weak);
      match.sent = before.substr(0, before.size() - field.size());
    }
    field = http::strip_blanks(field);
    if (!field.empty() && field.front() != ',') return;
    while (field.starts_with(',')) field = http::strip_blanks(field.substr(1));
  }
}

}  // namespace

TagMatch match_tags(const Request& request, std::string_view name, std::string_view current) {
  TagMatch match;
  Tag tag;
  take(current, tag);
  for (const auto& field : request.headers) {
    if (field.name != name) continue;
    match.listed = true;
    match_field(field.value, tag, match);
  }
  return match;
}

}  // namespace plinth::middleware
