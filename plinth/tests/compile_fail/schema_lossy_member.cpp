// expect: plinth: to<T>(source): a member's type cannot be made from the source's without losing
#include "plinth/schema.hpp"

struct User {
  std::int64_t id;
};

struct UserRead {
  std::int32_t id;
};

UserRead read(const User& user) { return plinth::to<UserRead>(user); }
