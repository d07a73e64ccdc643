// White space within a line of a header field: spaces and tabs.
#pragma once

#include <string_view>

namespace plinth::base {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr std::string_view strip_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace plinth::base
