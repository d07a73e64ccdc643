// expect: plinth: this rule does not fit the Field's type
#include "plinth/schema.hpp"

struct Item {
  plinth::Str<plinth::gt(0)> name;
};

const auto& type = plinth::detail::type_of<Item>();
