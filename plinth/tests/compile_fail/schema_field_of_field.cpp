// expect: plinth: a Field of a Field would lose the inner rules
#include "plinth/schema.hpp"

struct Item {
  plinth::Field<plinth::Str<plinth::min_length(8)>, plinth::defaults_to("")> name;
};

const auto& type = plinth::detail::type_of<Item>();
