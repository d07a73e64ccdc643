// Finds the route for a method and a path: static paths by a hash, others by a tree of segments.
//
// The answer is the one that Starlette finds by trying every route in the order of adding: the
// first that fits path and method, else the first that fits the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plinth/router.hpp"
#include "routing/path_template.hpp"

namespace plinth::routing {

class RouteTable {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Found {
    std::uint32_t full = none;     // number of the route
    std::uint32_t partial = none;  // fits the path, not the method
  };

  /// Throws std::invalid_argument naming the routes when two take the same methods and paths.
  explicit RouteTable(std::span<const detail::Route> routes);

  Found find(std::string_view method, std::string_view path) const;
  const PathTemplate& path_template(std::uint32_t route) const { return templates_[route]; }

 private:
  struct Node {
    struct Literal {
      std::string text;
      std::uint32_t child;
    };
    struct Pattern {
      std::vector<Piece> pieces;  // one parameter, or text and parameters
      std::uint32_t child;
    };
    std::vector<Literal> literals;
    std::vector<Pattern> patterns;
    std::vector<std::uint32_t> routes;  // that end here, ascending
    std::uint32_t first = none;         // the smallest of this node and below
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Search;

  void check_unique() const;
  void add_dynamic(std::uint32_t route);
  std::uint32_t literal_child(std::uint32_t node, std::string_view text);
  std::uint32_t pattern_child(std::uint32_t node, const std::vector<Piece>& pieces);
  void walk(Search& search, std::uint32_t node, std::string_view rest) const;

  std::span<const detail::Route> routes_;
  std::vector<PathTemplate> templates_;
  std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>> statics_;
  std::vector<Node> nodes_;              // the first is the root
  std::vector<std::uint32_t> spanning_;  // with a {rest:path}: over segments, tried one by one
};

}  // namespace plinth::routing
