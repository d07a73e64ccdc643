// expect: plinth: to<T>(source): the source lacks a member that T requires
#include <string>

#include "plinth/schema.hpp"

struct User {
  std::int64_t id;
};

struct UserRead {
  std::int64_t id;
  plinth::Str<plinth::min_length(1)> email;
};

UserRead read(const User& user) { return plinth::to<UserRead>(user); }
