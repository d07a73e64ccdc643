#include "routing/route_table.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace plinth::routing {

namespace {

bool takes(const detail::Route& route, std::string_view method) {
  return std::ranges::find(route.methods, method) != route.methods.end();
}

bool spans_segments(const PathTemplate& path) {
  return std::ranges::any_of(path.pieces(), [](const Piece& piece) {
    return piece.is_parameter && piece.convertor == Convertor::path;
  });
}

bool same_shape(const std::vector<Piece>& left, const std::vector<Piece>& right) {
  return std::ranges::equal(left, right, [](const Piece& a, const Piece& b) {
    return a.is_parameter == b.is_parameter && a.convertor == b.convertor &&
           (a.is_parameter || a.text == b.text);
  });
}

// The pieces between slashes; a leading slash makes an empty first segment.
std::vector<std::vector<Piece>> segments_of(const PathTemplate& path) {
  std::vector<std::vector<Piece>> segments(1);
  for (const Piece& piece : path.pieces()) {
    if (piece.is_parameter) {
      segments.back().push_back(piece);
      continue;
    }
    std::string_view text = piece.text;
    for (;;) {
      auto slash = text.find('/');
      auto part = text.substr(0, slash);
      if (!part.empty()) segments.back().push_back({.text = std::string(part)});
      if (slash == std::string_view::npos) break;
      segments.emplace_back();
      text.remove_prefix(slash + 1);
    }
  }
  return segments;
}

}  // namespace

struct RouteTable::Search {
  std::string_view method;
  Found found;

  void offer(const detail::Route& route, std::uint32_t number) {
    auto& best = takes(route, method) ? found.full : found.partial;
    best = std::min(best, number);
  }
  // Nothing from `number` on can be better.
  bool settled(std::uint32_t number) const { return found.full <= number; }
};

RouteTable::RouteTable(std::span<const detail::Route> routes) : routes_(routes), nodes_(1) {
  templates_.reserve(routes.size());
  for (std::uint32_t number = 0; number < routes.size(); ++number) {
    templates_.emplace_back(routes[number].path);
    if (templates_.back().is_static()) {
      statics_[routes[number].path].push_back(number);
    } else if (spans_segments(templates_.back())) {
      spanning_.push_back(number);
    } else {
      add_dynamic(number);
    }
  }
  check_unique();
}

RouteTable::Found RouteTable::find(std::string_view method, std::string_view path) const {
  Search search{method, {}};
  if (auto statics = statics_.find(path); statics != statics_.end()) {
    for (auto number : statics->second) search.offer(routes_[number], number);
  }
  if (!search.settled(nodes_.front().first)) walk(search, 0, path);
  for (auto number : spanning_) {
    if (search.settled(number)) break;
    if (templates_[number].match(path)) search.offer(routes_[number], number);
  }
  return search.found;
}

void RouteTable::walk(Search& search, std::uint32_t at, std::string_view rest) const {
  const Node& node = nodes_[at];
  auto slash = rest.find('/');
  auto segment = rest.substr(0, slash);
  auto go = [&](std::uint32_t child) {
    if (search.settled(nodes_[child].first)) return;
    if (slash != std::string_view::npos) return walk(search, child, rest.substr(slash + 1));
    for (auto number : nodes_[child].routes) search.offer(routes_[number], number);
  };
  for (const auto& literal : node.literals) {
    if (literal.text == segment) {
      go(literal.child);
      break;
    }
  }
  for (const auto& pattern : node.patterns) {
    if (match_pieces(pattern.pieces, 0, segment, nullptr)) go(pattern.child);
  }
}

void RouteTable::add_dynamic(std::uint32_t route) {
  std::uint32_t node = 0;
  nodes_[node].first = std::min(nodes_[node].first, route);
  for (const auto& segment : segments_of(templates_[route])) {
    bool literal = segment.empty() || (segment.size() == 1 && !segment.front().is_parameter);
    node = literal ? literal_child(node, segment.empty() ? "" : segment.front().text)
                   : pattern_child(node, segment);
    nodes_[node].first = std::min(nodes_[node].first, route);
  }
  nodes_[node].routes.push_back(route);
}

std::uint32_t RouteTable::literal_child(std::uint32_t node, std::string_view text) {
  for (const auto& literal : nodes_[node].literals) {
    if (literal.text == text) return literal.child;
  }
  auto child = static_cast<std::uint32_t>(nodes_.size());
  nodes_[node].literals.push_back({std::string(text), child});
  nodes_.emplace_back();
  return child;
}

std::uint32_t RouteTable::pattern_child(std::uint32_t node, const std::vector<Piece>& pieces) {
  for (const auto& pattern : nodes_[node].patterns) {
    if (same_shape(pattern.pieces, pieces)) return pattern.child;
  }
  auto child = static_cast<std::uint32_t>(nodes_.size());
  nodes_[node].patterns.push_back({pieces, child});
  nodes_.emplace_back();
  return child;
}

void RouteTable::check_unique() const {
  std::map<std::string, std::uint32_t> seen;  // method and shape of the path
  for (std::uint32_t number = 0; number < routes_.size(); ++number) {
    std::string shape;
    for (const Piece& piece : templates_[number].pieces()) {
      shape += piece.is_parameter ? "{" + std::to_string(static_cast<int>(piece.convertor)) + "}"
                                  : piece.text;
    }
    for (const auto& method : routes_[number].methods) {
      auto [other, fresh] = seen.try_emplace(method + " " + shape, number);
      if (fresh) continue;
      throw std::invalid_argument("route " + method + " \"" + routes_[number].path + "\" (" +
                                  std::string(routes_[number].name()) + ") can never answer: \"" +
                                  routes_[other->second].path + "\" (" +
                                  std::string(routes_[other->second].name()) +
                                  ") was added before and takes the same requests");
    }
  }
}

}  // namespace plinth::routing
