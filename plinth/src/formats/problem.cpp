#include "formats/problem.hpp"

#include "json/writer.hpp"

namespace plinth::formats {

Problem error_problem(std::string_view type, std::string_view prefix, std::string_view error) {
  Problem problem{type, std::string(prefix), "{\"error\":"};
  problem.message += error;
  json::append_quoted(problem.ctx, error);
  problem.ctx += '}';
  return problem;
}

}  // namespace plinth::formats
