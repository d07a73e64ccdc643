// expect: plinth: what stands in a Field's brackets after its type must be rules
#include "plinth/schema.hpp"

struct Item {
  plinth::Int<5> count;
};

const auto& type = plinth::detail::type_of<Item>();
