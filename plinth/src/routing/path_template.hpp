// "/items/{id}" taken apart: literals and parameters, matched against a decoded path.
//
// Source: Starlette 1.9, routing.py compile_path and convertors.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plinth::routing {

/// What a parameter takes; each takes as much as it can and gives back when the rest does not fit.
enum class Convertor : std::uint8_t {
  text,     // {id}: one or more characters, no slash
  path,     // {id:path}: anything, also nothing
  integer,  // {id:int}: digits
  number,   // {id:float}: digits, or digits "." digits
  uuid,     // {id:uuid}: 32 hexadecimal digits, hyphens between the groups or not
};

struct Piece {
  bool is_parameter = false;
  Convertor convertor = Convertor::text;
  std::string text;  // the literal, or the parameter's name
};

/// The value of a path parameter: a view into the path that was matched.
struct Capture {
  std::string_view name;
  std::string_view value;
};

class PathTemplate {
 public:
  /// Throws std::invalid_argument naming the path and what is wrong with it.
  explicit PathTemplate(std::string_view path);

  const std::vector<Piece>& pieces() const { return pieces_; }
  bool is_static() const;
  bool has_parameter(std::string_view name) const;

  /// Whether the whole path fits; then `captures` holds the parameters in their order.
  bool match(std::string_view path, std::vector<Capture>& captures) const;
  bool match(std::string_view path) const;

 private:
  std::vector<Piece> pieces_;
};

/// Whether `pieces` from `first` on fit the whole of `text`.
bool match_pieces(const std::vector<Piece>& pieces, std::size_t first, std::string_view text,
                  std::vector<Capture>* captures);

}  // namespace plinth::routing
