// Names in a list.
#pragma once

#include <string>
#include <vector>

#include "plinth/detail/statement.hpp"

namespace plinth::db {

/// "a, b, c", each quoted where it must be.
inline std::string quoted_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    if (!list.empty()) list += ", ";
    list += quoted(name);
  }
  return list;
}

}  // namespace plinth::db
