// expect: plinth: an enum of a schema needs enumerators with values from 0 to 63
#include "plinth/schema.hpp"

enum class Far { away = 1000 };

struct Holder {
  Far far;
};

const auto& type = plinth::detail::type_of<Holder>();
