#include "tracing/pairs.hpp"

#include <algorithm>
#include <stdexcept>

#include "http/query.hpp"

namespace plinth::tracing {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view option,
                                                             std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto member = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    ++number;
    if (member.empty()) continue;
    const auto equals = member.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      throw std::invalid_argument(std::string(option) + ": member " + std::to_string(number) +
                                  " has no name and value; write them as name=value,other=value");
    }
    pairs.emplace_back(trimmed(member.substr(0, equals)),
                       http::percent_decode(trimmed(member.substr(equals + 1))));
  }
  return pairs;
}

}  // namespace plinth::tracing
