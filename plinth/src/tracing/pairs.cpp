#include "tracing/pairs.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/blanks.hpp"
#include "http/query.hpp"

namespace plinth::tracing {

std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view option,
                                                             std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto member = base::strip_blanks(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    ++number;
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      throw std::invalid_argument(std::string(option) + ": member " + std::to_string(number) +
                                  " has no name and value; write them as name=value,other=value");
    }
    pairs.emplace_back(base::strip_blanks(member.substr(0, equals)),
                       http::percent_decode(base::strip_blanks(member.substr(equals + 1))));
  }
  return pairs;
}

}  // namespace plinth::tracing
