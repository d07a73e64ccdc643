// expect: plinth: std::vector<bool> has no items to point at; use std::vector<Bool<>>
#include <vector>

#include "plinth/schema.hpp"

struct Flags {
  std::vector<bool> flags;
};

const auto& type = plinth::detail::type_of<Flags>();
